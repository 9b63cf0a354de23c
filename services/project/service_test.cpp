// project-service as a consumer of `dsm:events`.
#include "libs/testing/await.hpp"
#include "services/project/wire_test.hpp"

namespace dsm::project {
namespace {

class ProjectEvents : public ProjectWire {
protected:
    void publish(const std::string& event_id, const std::string& type, const std::string& project,
                 const std::string& timestamp) {
        const boost::json::object document{
            {"event_id", event_id},
            {"event_type", type},
            {"aggregate_id", project + "-S01"},
            {"payload", {{"sprint_id", project + "-S01"}, {"project_id", project}}},
            {"timestamp", timestamp}};
        publish_raw({boost::json::serialize(document), type, event_id});
    }

    void publish_raw(stream::Event event) {
        const auto deadline = rt::Deadline::after(clock_, std::chrono::seconds(60));
        const auto appended =
            testing::await(events_->append("dsm:events", std::move(event), 1000, "", deadline));
        ASSERT_TRUE(appended) << appended.error().message;
    }

    std::string status_of(const std::string& id) {
        return std::string(wire().get("/projects/" + id).json().at("status").as_string());
    }

    /// Entries are handled in order, so once this one shows, all before it were handled.
    void wait_for_the_consumer() {
        wire().post("/projects", project("last"));
        publish("e-last-" + std::to_string(++fences_), "SprintStarted", "last",
                "2025-08-31T15:00:00Z");
        ASSERT_TRUE(testing::eventually([&] { return status_of("last") == "in_progress"; }));
    }

    int fences_ = 0;
};

TEST_F(ProjectEvents, PutsAProjectInProgressWhenItsSprintStarts) {
    wire().post("/projects", project("P1"));

    publish("e1", "SprintStarted", "P1", "2025-08-31T14:05:00Z");

    EXPECT_TRUE(testing::eventually([&] { return status_of("P1") == "in_progress"; }));
}

TEST_F(ProjectEvents, DropsARepeatAndAnEventThatIsOlderThanTheStatus) {
    wire().post("/projects", project("P1"));
    wire().post("/projects", project("P2"));
    publish("e1", "SprintStarted", "P1", "2025-08-31T14:05:00Z");
    ASSERT_TRUE(testing::eventually([&] { return status_of("P1") == "in_progress"; }));
    wire().put("/projects/P1/status", {{"status", "active"}});
    wire().put("/projects/P2/status", {{"status", "active"}});

    publish("e1", "SprintStarted", "P1", "2025-08-31T14:05:00Z");
    publish("e2", "SprintStarted", "P2", "2025-08-31T14:04:59Z");
    wait_for_the_consumer();

    EXPECT_EQ(status_of("P1"), "active");
    EXPECT_EQ(status_of("P2"), "active");
}

TEST_F(ProjectEvents, PassesWhatItCannotOrNeedNotHandle) {
    wire().post("/projects", project("P1"));

    publish("e1", "SprintClosed", "P1", "2025-08-31T14:05:00Z");
    publish("e2", "SprintStarted", "nobody", "2025-08-31T14:05:00Z");
    publish("e3", "SprintStarted", "P1", "whenever");
    publish_raw({"{", "SprintStarted", "e4"});
    wait_for_the_consumer();

    EXPECT_EQ(status_of("P1"), "inactive");
    const auto parked = testing::await(events_->range(
        "dsm:events:dead", "", 10, rt::Deadline::after(clock_, std::chrono::seconds(60))));
    ASSERT_TRUE(parked);
    EXPECT_EQ(parked->size(), 2U);
}

}  // namespace
}  // namespace dsm::project
