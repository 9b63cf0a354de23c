// How several notes become one report.
#include "services/chronicle/core/report_merge.hpp"

#include <gtest/gtest.h>

namespace dsm::chronicle {
namespace {

namespace json = boost::json;

StoredNote note(const std::string& id, const json::object& reports) {
    StoredNote stored{.id = id, .note = {.project_id = "P"}};
    stored.note.data = json::serialize(json::object{{"event_id", nullptr}, {"reports", reports}});
    return stored;
}

json::object entry(const char* employee, const json::array& tasks) {
    return {{"employee_id", employee}, {"tasks", tasks}};
}

std::string reports_of(const std::vector<StoredNote>& notes,
                       const std::optional<std::string>& date = std::nullopt) {
    return json::serialize(merge_reports(notes, date).at("reports"));
}

TEST(ReportMerge, PutsTheNewestDateFirst) {
    EXPECT_EQ(
        reports_of({note("2", {{"2025-01-02", json::array()}}),
                    note("1", {{"2025-01-03", json::array()}, {"2024-12-31", json::array()}})}),
        R"({"2025-01-03":[],"2025-01-02":[],"2024-12-31":[]})");
}

TEST(ReportMerge, KeepsOneEntryAnEmployeeWithTheTasksOfAllNotes) {
    const auto newer = note("2", {{"2025-01-02", json::array{entry("E2", {1}), entry("E1", {2})}}});
    const auto older = note("1", {{"2025-01-02", json::array{entry("E1", {2, 3})}}});

    EXPECT_EQ(reports_of({newer, older}), R"({"2025-01-02":[{"employee_id":"E2","tasks":[1]},)"
                                          R"({"employee_id":"E1","tasks":[2,3]}]})");
}

TEST(ReportMerge, KeepsPeopleWithoutANameApartFromThoseWithOne) {
    json::object nameless{{"employee_id", nullptr}, {"tasks", json::array{1}}};

    EXPECT_EQ(reports_of({note("1", {{"2025-01-02", json::array{nameless, entry("null", {2})}}})}),
              R"({"2025-01-02":[{"employee_id":null,"tasks":[1]},)"
              R"({"employee_id":"null","tasks":[2]}]})");
}

TEST(ReportMerge, ForOneDateShowsThatDateAndElseWhatTheNoteHas) {
    const auto has_it = note("2", {{"2025-01-02", json::array()}, {"2025-01-01", json::array()}});
    const auto dated_so = note("1", {{"2024-12-31", json::array()}});

    EXPECT_EQ(reports_of({has_it, dated_so}, "2025-01-02"), R"({"2025-01-02":[],"2024-12-31":[]})");
}

}  // namespace
}  // namespace dsm::chronicle
