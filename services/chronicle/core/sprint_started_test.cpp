// What becomes a planning note, what is passed over, what is parked.
#include "services/chronicle/core/sprint_started.hpp"

#include <gtest/gtest.h>

namespace dsm::chronicle {
namespace {

namespace json = boost::json;

json::object event() {
    return {{"event_id", "e-1"},
            {"event_type", "SprintStarted"},
            {"payload",
             {{"sprint_id", "P-S01"},
              {"project_id", "P"},
              {"sprint_name", "first"},
              {"start_date", "2025-08-31"},
              {"end_date", "2025-09-14"},
              {"tasks", json::array{"T1", 2, "T2"}}}},
            {"timestamp", "2025-08-31T14:05:00Z"}};
}

TEST(SprintStarted, BecomesAPlanningNoteWithTheEventAsItsSource) {
    Note note;

    ASSERT_EQ(read_sprint_event(json::serialize(event()), note), Reading::kSprintStarted);

    EXPECT_EQ(note.type, NoteType::kSprintPlanning);
    EXPECT_EQ(note.project_id, "P");
    EXPECT_EQ(note.sprint_id, "P-S01");
    EXPECT_EQ(note.source_id, "e-1");
    EXPECT_EQ(json::parse(note.data),
              (json::value{{"sprint_name", "first"},
                           {"sprint_goal", "Complete 2 planned tasks by 2025-09-14."},
                           {"start_date", "2025-08-31"},
                           {"end_date", "2025-09-14"},
                           {"duration_weeks", 2},
                           {"planned_tasks", json::array{"T1", "T2"}}}));
}

TEST(SprintStarted, NeedsNoMoreThanItsIds) {
    auto bare = event();
    bare["payload"] = {{"sprint_id", "P-S01"}, {"project_id", "P"}};
    Note note;

    ASSERT_EQ(read_sprint_event(json::serialize(bare), note), Reading::kSprintStarted);

    EXPECT_EQ(json::parse(note.data).at("sprint_goal"), "Complete 0 planned tasks.");
    EXPECT_EQ(json::parse(note.data).at("duration_weeks"), nullptr);
}

TEST(SprintStarted, TellsOtherEventsFromBrokenOnes) {
    struct Case {
        std::string document;
        Reading reading;
    };
    auto without = [](const char* key) {
        auto broken = event();
        broken.erase(key);
        return json::serialize(broken);
    };
    auto payload_with = [](const char* key, const json::value& value) {
        auto broken = event();
        broken["payload"].as_object()[key] = value;
        return json::serialize(broken);
    };
    const std::vector<Case> cases = {
        {.document = "", .reading = Reading::kMalformed},
        {.document = "[]", .reading = Reading::kMalformed},
        {.document = "{", .reading = Reading::kMalformed},
        {.document = R"({"event_type":"SprintClosed"})", .reading = Reading::kOther},
        {.document = "{}", .reading = Reading::kOther},
        {.document = without("event_id"), .reading = Reading::kMalformed},
        {.document = without("payload"), .reading = Reading::kMalformed},
        {.document = payload_with("sprint_id", 7), .reading = Reading::kMalformed},
        {.document = payload_with("project_id", "a/b"), .reading = Reading::kMalformed},
    };

    for (const auto& c : cases) {
        Note note;

        EXPECT_EQ(read_sprint_event(c.document, note), c.reading) << c.document;
    }
}

}  // namespace
}  // namespace dsm::chronicle
