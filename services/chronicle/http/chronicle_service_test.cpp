// chronicle-service as a whole: its stream, its health, its store.
#include <filesystem>

#include "libs/testing/await.hpp"
#include "services/chronicle/http/chronicle_fixture_test.hpp"

namespace dsm::chronicle {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

class ChronicleService : public ChronicleFixture {
protected:
    void publish(const json::value& document, const std::string& stream = "dsm:events") {
        stream::Event event{json::serialize(document), "SprintStarted", "e"};
        auto added = testing::await(
            events_->append(stream, event, 1000, "", rt::Deadline::after(clock_, 60s)));
        ASSERT_TRUE(added) << added.error().message;
    }
    static json::object sprint_started(const std::string& event_id, const std::string& sprint) {
        return {{"event_id", event_id},
                {"event_type", "SprintStarted"},
                {"aggregate_id", sprint},
                {"payload",
                 {{"sprint_id", sprint},
                  {"project_id", "P1"},
                  {"sprint_name", sprint},
                  {"start_date", "2025-08-31"},
                  {"end_date", "2025-09-14"},
                  {"tasks", json::array{"T1", "T2"}}}},
                {"timestamp", "2025-08-31T14:05:00.000000Z"},
                {"correlation_id", "c"}};
    }
    std::size_t planning_notes(const std::string& sprint) {
        return get(std::string(kPlanning) + "?sprint_id=" + sprint).as_array().size();
    }
    std::size_t dead_entries() {
        return testing::await(
                   events_->range("dsm:events:dead", "", 10, rt::Deadline::after(clock_, 60s)))
            .value()
            .size();
    }
};

TEST_F(ChronicleService, WritesThePlanningNoteOfASprintThatStarted) {
    publish(sprint_started("e-1", "P1-S01"));

    ASSERT_TRUE(testing::eventually([&] { return planning_notes("P1-S01") == 1; }));

    const auto note = get(std::string(kPlanning) + "?sprint_id=P1-S01").at(0).as_object();
    EXPECT_EQ(note.at("project_id"), "P1");
    EXPECT_EQ(note.at("sprint_goal"), "Complete 2 planned tasks by 2025-09-14.");
    EXPECT_EQ(note.at("planned_tasks"), (json::value{"T1", "T2"}));
    EXPECT_EQ(note.at("duration_weeks"), 2);
}

TEST_F(ChronicleService, KeepsOneNoteOfTheEventAndOfWhoWritesItToo) {
    http::Headers key;
    key.set("Idempotency-Key", "e-1");
    post(kPlanning,
         {{"project_id", "P1"},
          {"sprint_id", "P1-S01"},
          {"sprint_goal", "theirs"},
          {"planned_tasks", json::array()}},
         key);
    publish(sprint_started("e-1", "P1-S01"));
    publish(sprint_started("e-1", "P1-S01"));
    publish(sprint_started("e-2", "P1-S02"));

    ASSERT_TRUE(testing::eventually([&] { return planning_notes("P1-S02") == 1; }));

    EXPECT_EQ(planning_notes("P1-S01"), 1U);
}

TEST_F(ChronicleService, ParksWhatItCannotReadAndPassesOverWhatIsNotForIt) {
    publish("no object");
    publish({{"event_type", "SprintClosed"}, {"event_id", "e-0"}});
    publish({{"event_type", "SprintStarted"}, {"payload", json::object()}});
    publish(sprint_started("e-1", "P1-S01"));

    ASSERT_TRUE(testing::eventually([&] { return planning_notes("P1-S01") == 1; }));

    EXPECT_EQ(dead_entries(), 2U);
}

TEST_F(ChronicleService, TakesUpEventsOfTheTimeItWasNotThere) {
    host_->stop(1s);
    publish(sprint_started("e-1", "P1-S01"));

    start();

    EXPECT_TRUE(testing::eventually([&] { return planning_notes("P1-S01") == 1; }));
}

TEST_F(ChronicleService, IsReadyWhileItsStoreAnswers) {
    const auto ready = wire_->get("/health/ready");
    if (!std::filesystem::remove(folder_.file("chronicle.db"))) {
        GTEST_SKIP() << "this run's store is no file that could be taken away";
    }

    EXPECT_EQ(ready.status, 200);
    EXPECT_EQ(ready.json(), (json::value{{"service", "chronicle-service"},
                                         {"status", "ready"},
                                         {"database", "ok"},
                                         {"timestamp", "2025-08-31T14:05:00Z"}}));
    ASSERT_TRUE(testing::eventually([&] { return wire_->get("/health/ready").status == 503; }));
    EXPECT_EQ(wire_->get("/health/ready").json().at("database"), "error");
    EXPECT_EQ(wire_->get("/health").status, 200);
}

TEST_F(ChronicleService, KnowsItsPathsAndTheirMethods) {
    EXPECT_EQ(wire_->get("/v1/notes").status, 404);
    EXPECT_EQ(wire_->get("/v1/notes/daily_scrum_report/").status, 404);
    for (const auto* path : {kDaily, kPlanning, kRetrospective, kAudit}) {
        const auto reply = wire_->del(path);
        EXPECT_EQ(reply.status, 405) << path;
        EXPECT_EQ(reply.json(), (json::value{{"detail", "Method Not Allowed"}}));
    }
}

TEST_F(ChronicleService, FindsEverythingAfterARestart) {
    post(kDaily, {{"project_id", "P1"}, {"reports", json::object()}});
    post(kRetrospective, {{"project_id", "P1"}, {"sprint_id", "S"}});

    start();

    EXPECT_EQ(wire_->get(kDaily).status, 200);
    EXPECT_EQ(wire_->get(kRetrospective).status, 200);
}

}  // namespace
}  // namespace dsm::chronicle
