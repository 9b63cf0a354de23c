// `dsm up` as a run breaks it: started again whenever it is gone, armed anew each time.
#pragma once

#include <boost/json/value.hpp>
#include <memory>
#include <string>

#include "libs/rt/clock.hpp"
#include "libs/testing/process.hpp"
#include "libs/testing/wire.hpp"
#include "tests/chaos/run.hpp"

namespace dsm::chaos {

/// Throws std::runtime_error when it does what no kill explains. Everything that it prints, and how
/// each start went, goes to `told`.
class Victim {
public:
    Victim(const Stage& stage, const Cell& cell, const std::string& name_space, Told& told);

    /// In a new store. `store_comes_and_goes` as in Disorder.
    void prepare(bool store_comes_and_goes);
    void ensure_running();
    bool alive();
    void signal(int number);
    /// Until it ended by itself or by a signal; false when it still runs.
    bool wait_for_end(std::chrono::milliseconds limit);
    /// SIGTERM; false when it was killed before its end, and true when the end is in `told`.
    bool drain();

    testing::WireClient wire(const std::string& part) const;
    /// A client command, with this system's environment.
    testing::Finished run_command(testing::Arguments command) const;
    std::string log() const;
    std::string endpoints_file() const;

private:
    void start();
    void bury(int exit_code);
    void keep_outputs();
    testing::ProcessEnvironment environment(const std::string& arm) const;

    const Stage& stage_;
    const Cell& cell_;
    const std::string name_space_;
    Told& told_;
    const rt::SystemClock clock_;
    testing::TemporaryFolder folder_;
    std::string data_ = folder_.file("data");
    testing::ProcessEnvironment store_;
    bool store_comes_and_goes_ = false;
    std::unique_ptr<testing::BackgroundProcess> process_;
    boost::json::value endpoints_;
    std::size_t starts_ = 0;
};

}  // namespace dsm::chaos
