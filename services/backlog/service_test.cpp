// backlog-service as a consumer of `dsm:events` and `task_update_events`.
#include "libs/testing/fake_server.hpp"
#include "services/backlog/wire_test.hpp"

namespace dsm::backlog {
namespace {

class BacklogEvents : public BacklogWire {
protected:
    void SetUp() override {
        BacklogWire::SetUp();
        wire().post("/backlogs/P1");
    }

    void publish(const char* stream, const boost::json::object& document) {
        publish_raw(stream, {boost::json::serialize(document), "x", "x"});
    }
    void publish_raw(const char* stream, stream::Event event) {
        const auto deadline = rt::Deadline::after(clock_, std::chrono::seconds(60));
        const auto appended =
            testing::await(events_->append(stream, std::move(event), 1000, "", deadline));
        ASSERT_TRUE(appended) << appended.error().message;
    }

    void sprint_started(const char* event_id, const char* timestamp, boost::json::array tasks) {
        publish("dsm:events",
                {{"event_id", event_id},
                 {"event_type", "SprintStarted"},
                 {"aggregate_id", "P1-S01"},
                 {"payload",
                  {{"sprint_id", "P1-S01"}, {"project_id", "P1"}, {"tasks", std::move(tasks)}}},
                 {"timestamp", timestamp}});
    }

    void task_updated(const char* event_id, const char* task, const char* status, int progress,
                      const char* updated_at) {
        publish("task_update_events", {{"event_id", event_id},
                                       {"event_type", "TASK_UPDATED"},
                                       {"timestamp", updated_at},
                                       {"event_data",
                                        {{"task_id", task},
                                         {"project_id", "P1"},
                                         {"sprint_id", "P1-S01"},
                                         {"status", status},
                                         {"progress_percentage", progress},
                                         {"updated_at", updated_at},
                                         {"assigned_to", nullptr}}}});
    }

    /// "in_progress 40 P1-S01"
    std::string state_of(const std::string& id) {
        const auto row = task(id);
        const auto& sprint = row.at("sprint_id");
        return std::string(row.at("status").as_string()) + " " +
               std::to_string(row.at("progress_percentage").as_int64()) + " " +
               (sprint.is_null() ? "-" : std::string(sprint.as_string()));
    }

    bool becomes(const std::string& id, const std::string& state) {
        return testing::eventually([&] { return state_of(id) == state; });
    }

    std::size_t parked(const char* stream) {
        const auto deadline = rt::Deadline::after(clock_, std::chrono::seconds(60));
        const auto entries = testing::await(events_->range(stream, "", 100, deadline));
        return entries ? entries->size() : 999;
    }
};

TEST_F(BacklogEvents, TakesTheTasksOfASprintThatStarted) {
    sprint_started("e1", "2025-08-31T14:05:00Z", {"P1-TASK001", "P1-TASK002", "unknown"});

    EXPECT_TRUE(becomes("P1-TASK001", "assigned_to_sprint 0 P1-S01"));
    EXPECT_TRUE(becomes("P1-TASK002", "assigned_to_sprint 0 P1-S01"));
    EXPECT_EQ(state_of("P1-TASK003"), "unassigned 0 -");
    EXPECT_EQ(wire().get("/backlogs/P1/summary").json().at("unassigned_for_sprint_count"), 8);
}

TEST_F(BacklogEvents, FollowsProgressNeverBackwards) {
    task_updated("e1", "P1-TASK001", "in_progress", 40, "2025-08-31T14:06:00Z");
    ASSERT_TRUE(becomes("P1-TASK001", "in_progress 40 P1-S01"));

    task_updated("e2", "P1-TASK001", "in_progress", 20, "2025-08-31T14:05:30Z");
    task_updated("e1", "P1-TASK001", "in_progress", 41, "2025-08-31T14:09:00Z");
    task_updated("e3", "P1-TASK002", "completed", 100, "2025-08-31T14:06:00Z");

    ASSERT_TRUE(becomes("P1-TASK002", "completed 100 P1-S01"));
    EXPECT_EQ(state_of("P1-TASK001"), "in_progress 40 P1-S01");
}

TEST_F(BacklogEvents, DoesNotTakeBackWhatALaterSprintEndFreed) {
    clock_.set(parse_rfc3339("2025-08-31T15:00:00Z").value());
    wire().put("/tasks/P1-TASK001", {{"status", "unassigned"}, {"sprint_id", nullptr}});

    sprint_started("e1", "2025-08-31T14:05:00Z", {"P1-TASK001", "P1-TASK002"});

    ASSERT_TRUE(becomes("P1-TASK002", "assigned_to_sprint 0 P1-S01"));
    EXPECT_EQ(state_of("P1-TASK001"), "unassigned 0 -");
}

TEST_F(BacklogEvents, KeepsProgressThatOvertookTheSprintsStart) {
    task_updated("e1", "P1-TASK001", "in_progress", 40, "2025-08-31T14:06:00Z");
    ASSERT_TRUE(becomes("P1-TASK001", "in_progress 40 P1-S01"));

    sprint_started("e2", "2025-08-31T14:05:00Z", {"P1-TASK001", "P1-TASK002"});

    ASSERT_TRUE(becomes("P1-TASK002", "assigned_to_sprint 0 P1-S01"));
    EXPECT_EQ(state_of("P1-TASK001"), "in_progress 40 P1-S01");
}

TEST_F(BacklogEvents, ParksWhatItCanNeverHandle) {
    publish_raw("dsm:events", {"{", "SprintStarted", "e1"});
    publish("dsm:events", {{"event_id", "e2"}, {"event_type", "SprintClosed"}});
    sprint_started("e3", "yesterday", {"P1-TASK001"});
    task_updated("e4", "P1-TASK001", "in_progress", 101, "2025-08-31T14:06:00Z");
    task_updated("e5", "P1-TASK001", "in_progress", 50, "never");
    publish("task_update_events", {{"event_id", "e6"}, {"event_type", "SOMETHING_ELSE"}});
    sprint_started("e7", "2025-08-31T14:05:00Z", {"P1-TASK002"});
    task_updated("e8", "P1-TASK003", "completed", 100, "2025-08-31T14:06:00Z");

    ASSERT_TRUE(becomes("P1-TASK002", "assigned_to_sprint 0 P1-S01"));
    ASSERT_TRUE(becomes("P1-TASK003", "completed 100 P1-S01"));
    EXPECT_EQ(state_of("P1-TASK001"), "unassigned 0 -");
    EXPECT_EQ(parked("dsm:events:dead"), 2U);
    EXPECT_EQ(parked("task_update_events:dead"), 2U);
}

/// Answers the question for its health as long as there is time for an answer, and nothing else.
class PunctualStream final : public stream::EventStream {
public:
    explicit PunctualStream(const rt::Clock& clock) : clock_(clock) {}

    std::atomic<int> asked = 0;

    template <class T>
    using Awaitable = boost::asio::awaitable<Result<T>>;

    boost::asio::awaitable<bool> healthy(rt::Deadline deadline) override {
        ++asked;
        co_return !deadline.passed(clock_);
    }
    Awaitable<std::string> append(std::string, stream::Event, std::size_t, std::string,
                                  rt::Deadline) override {
        co_return gone();
    }
    Awaitable<void> ensure_group(std::string, std::string, rt::Deadline) override {
        co_return gone();
    }
    Awaitable<std::vector<stream::Entry>> read_group(stream::GroupRead, rt::Deadline) override {
        co_return gone();
    }
    Awaitable<void> acknowledge(std::string, std::string, std::vector<std::string>,
                                rt::Deadline) override {
        co_return gone();
    }
    Awaitable<std::vector<stream::Entry>> reclaim(stream::GroupRead, std::chrono::milliseconds,
                                                  rt::Deadline) override {
        co_return gone();
    }
    Awaitable<std::vector<stream::Entry>> range(std::string, std::string, std::size_t,
                                                rt::Deadline) override {
        co_return gone();
    }
    Awaitable<void> remove(std::string, std::vector<std::string>, rt::Deadline) override {
        co_return gone();
    }
    Awaitable<stream::StreamEnd> end(std::string, rt::Deadline) override { co_return gone(); }
    Awaitable<stream::GroupLag> lag(std::string, std::string, rt::Deadline) override {
        co_return gone();
    }

private:
    static std::unexpected<Error> gone() { return fail(ErrorCode::kUnavailable, "gone"); }
    const rt::Clock& clock_;
};

TEST(BacklogReadiness, DoesNotBlameTheStreamsForAProjectServiceThatHangs) {
    const testing::TemporaryFolder folder;
    testing::ManualClock clock(parse_rfc3339("2025-08-31T14:05:00Z").value());
    const auto random = rt::make_seeded_random(7);
    PunctualStream events(clock);
    testing::FakeServer projects(
        [](const http::Request&) { return http::Response::json(200, boost::json::object{}); });
    projects.hang(true);
    service::ServiceHost host(
        http::ServerSettings{.service = "backlog-service"},
        [&](service::Environment environment) {
            Config config;
            config.database.path = folder.file("backlog.db");
            config.project_url = projects.url();
            config.probe_interval = std::chrono::milliseconds(5);
            return make_service(config, environment);
        },
        clock, *random, events);
    const auto port = host.start();
    ASSERT_TRUE(port) << port.error().message;

    ASSERT_TRUE(testing::eventually([&] { return events.asked >= 2; }));

    const auto ready = testing::WireClient(*port).get("/health/ready").json();
    EXPECT_EQ(ready.at("external_apis").at("project_service"), "error");
    EXPECT_EQ(ready.at("redis"), "ok");
}

}  // namespace
}  // namespace dsm::backlog
