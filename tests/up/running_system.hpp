// A `dsm up` of its own for a test: a folder, free ports, the real binary.
#pragma once

#include <boost/json/value.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/testing/process.hpp"
#include "libs/testing/wire.hpp"

namespace dsm::testing {

/// The path of the binary under test.
std::string dsm_binary();

/// One data directory; at most one `dsm up` on it at a time.
class RunningSystem {
public:
    /// Starts `dsm up --port-base 0 --data …` with `arguments` and waits until it is ready.
    /// False when it ended or was not ready within 20 s; `log()` says why.
    bool start(Arguments arguments = {}, ProcessEnvironment environment = {});

    /// The exit code after this signal, nullopt when it still ran 10 s later.
    std::optional<int> end(int signal);

    /// Runs a client command on this data directory.
    Finished run(Arguments arguments, ProcessEnvironment environment = {}) const;

    /// "orchestrator" → a client of that address of endpoints.json.
    WireClient wire(const std::string& part) const;

    const std::string& data() const { return data_; }
    std::string endpoints_path() const { return data_ + "/endpoints.json"; }
    pid_t pid() const { return process_->pid(); }
    std::string log() const;

private:
    TemporaryFolder folder_;
    std::string data_ = folder_.file("data");
    std::unique_ptr<BackgroundProcess> process_;
};

/// A file of tests/fixtures.
std::string fixture_path(const std::string& name);
boost::json::value fixture(const std::string& name);

/// Settings that a developer's own environment may hold are not those of a test.
ProcessEnvironment clean(ProcessEnvironment environment = {});

}  // namespace dsm::testing
