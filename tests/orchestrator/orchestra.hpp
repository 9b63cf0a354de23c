// The orchestrator on a socket, with a small world of fakes around it.
#pragma once

#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <memory>
#include <string>

#include "libs/service/host.hpp"
#include "libs/testing/manual_clock.hpp"
#include "libs/testing/process.hpp"
#include "libs/testing/wire.hpp"
#include "services/orchestrator/service.hpp"
#include "tests/orchestrator/fake_chronicle.hpp"
#include "tests/orchestrator/fake_cluster.hpp"
#include "tests/orchestrator/fake_workspace.hpp"
#include "tests/orchestrator/flaky_stream.hpp"

namespace dsm::orchestrator::testing {

/// tests/fixtures/{name}.json
boost::json::value fixture(const std::string& name);

/// A project P1 without sprints, with `tasks` unassigned tasks and a team of three.
boost::json::value small_workspace(int tasks);
/// The same with the active sprint P1-S02.
boost::json::value workspace_in_sprint();

/// The name of P1-S02's CronJob.
inline constexpr const char* kCronJob = "run-dailyscrum-p1-p1-s02";
inline constexpr const char* kOrchestrate = "/orchestrate/project/P1";
/// For calls to one that does not answer, and longer than any of the others takes.
inline constexpr std::chrono::milliseconds kSoon{1'000};

class Orchestra {
public:
    /// `timeout` is that of each call to the fakes; tests of ones that do not answer have a
    /// shorter.
    explicit Orchestra(boost::json::value document,
                       std::chrono::milliseconds timeout = std::chrono::seconds(10));
    ~Orchestra();

    dsm::testing::WireReply post(const boost::json::value& body = boost::json::object(),
                                 std::string_view target = kOrchestrate) const;
    dsm::testing::WireReply post_with_key(std::string_view key, std::string_view body,
                                          std::string_view target = kOrchestrate) const;
    std::uint16_t port() const { return port_; }
    dsm::testing::WireClient wire() const { return dsm::testing::WireClient(port_); }

    /// Ends the process's part and starts it anew on the same database.
    void restart();
    void stop(std::chrono::milliseconds limit = std::chrono::seconds(60));
    void start();

    /// Every entry of the decisions' stream, as documents.
    boost::json::array events() const;

    /// The wall clock jumps, as it does when somebody sets it; steady time goes on.
    void jump(std::chrono::hours by) { clock_.advance(by); }

    FakeWorkspace world;
    FakeCluster cluster;
    FakeChronicle chronicle;
    std::unique_ptr<FlakyStream> stream;
    Config config;

private:
    dsm::testing::TemporaryFolder folder_;
    dsm::testing::ManualClock clock_;
    std::unique_ptr<rt::Random> random_;
    std::unique_ptr<service::ServiceHost> host_;
    std::uint16_t port_ = 0;
};

}  // namespace dsm::orchestrator::testing
