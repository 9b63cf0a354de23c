// Builds the sample workspace as data.
#include "dsm/sample/sample.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace dsm::sample {

namespace json = boost::json;
using std::chrono::days;

namespace {

constexpr std::array kTestTitles = {
    "Write the release checklist",   "Measure the start-up time",   "Add paging to the search",
    "Show the last sync on the map", "Rename the export columns",   "Retry failed uploads",
    "Trim the audit table",          "Translate the error page",    "Group the notifications",
    "Remember the chosen filter",    "Warn before a session ends",  "Draw the weekly chart",
    "Check addresses on input",      "Let teams share a view",      "Shrink the avatar images",
    "Sign the nightly backup",       "Explain the empty dashboard", "Tidy the settings menu"};
constexpr std::array kMobileTitles = {
    "Keep the login over a restart", "Cache maps for the underground", "Cut the cold start in half",
    "Support large fonts",           "Send crash reports on Wi-Fi",    "Swipe to archive"};
constexpr std::array kStoreTitles = {
    "Put the cart into the header", "Offer gift wrapping",      "Show delivery windows",
    "Compare two products",         "Save several addresses",   "Pay on account",
    "Print the return label",       "Suggest the fitting size", "Filter by material",
    "Notify when back in stock",    "Count vouchers once",      "Mark new arrivals",
    "Sort reviews by helpfulness",  "Speed up the product page"};

json::object project(std::string_view id, std::string_view name, std::string_view description,
                     std::string_view status, json::array team) {
    return {{"id", id},
            {"name", name},
            {"description", description},
            {"status", status},
            {"team", std::move(team)}};
}

json::object employee(std::string_view id, std::string_view name, std::string_view gender,
                      std::string_view state, int age) {
    return {{"id", id}, {"name", name}, {"gender", gender}, {"state", state}, {"age", age}};
}

json::object sprint(const std::string& project_id, int number, Date start,
                    std::string_view status) {
    const auto id = fmt::format("{}-S{:02}", project_id, number);
    return {{"sprint_id", id},
            {"project_id", project_id},
            {"sprint_name", id},
            {"start_date", format_date(start)},
            {"end_date", format_date(start + days(14))},
            {"duration_weeks", 2},
            {"status", status}};
}

/// Two-week sprints, one after another; the last one began a week before `today` and is active.
void add_sprints(json::array& sprints, const std::string& project_id, int count, Date today) {
    for (int number = 1; number <= count; ++number) {
        const auto start = today - days(7) - days(14 * (count - number));
        sprints.push_back(
            sprint(project_id, number, start, number == count ? "in_progress" : "completed"));
    }
}

struct Share {
    std::string sprint_id;          ///< of the tasks that are in one
    std::vector<int> progress;      ///< of the first tasks, those of the sprint
    std::vector<std::string> team;  ///< who has them, in turn
};

std::string_view status_of(int progress) {
    if (progress == 0) return "assigned_to_sprint";
    return progress == 100 ? "completed" : "in_progress";
}

template <std::size_t N>
void add_tasks(json::array& tasks, const std::string& project_id,
               const std::array<const char*, N>& titles, const Share& share) {
    for (std::size_t i = 0; i < N; ++i) {
        json::object task{{"task_id", fmt::format("{}-TASK{:03}", project_id, i + 1)},
                          {"project_id", project_id},
                          {"title", titles[i]},
                          {"description", fmt::format("{}.", titles[i])},
                          {"status", "unassigned"},
                          {"assigned_to", nullptr},
                          {"sprint_id", nullptr},
                          {"progress_percentage", 0}};
        if (i < share.progress.size()) {
            task["status"] = status_of(share.progress[i]);
            task["assigned_to"] = share.team[i % share.team.size()];
            task["sprint_id"] = share.sprint_id;
            task["progress_percentage"] = share.progress[i];
        }
        tasks.push_back(std::move(task));
    }
}

}  // namespace

std::string text(Date today) {
    json::array sprints;
    add_sprints(sprints, "TEST-001", 12, today);
    add_sprints(sprints, "MOBILE-APP", 3, today);
    json::array tasks;
    add_tasks(tasks, "TEST-001", kTestTitles,
              {"TEST-001-S12", {100, 100, 70, 45, 30, 10, 0, 0}, {"E101", "E102"}});
    add_tasks(tasks, "MOBILE-APP", kMobileTitles,
              {"MOBILE-APP-S03", {100, 50, 20, 0}, {"E103", "E104"}});
    add_tasks(tasks, "WEB-STORE", kStoreTitles, {});

    const json::object workspace{
        {"projects",
         {project("TEST-001", "Test Project for Sprint Setup", "TestSprint", "inactive",
                  {"E101", "E102"}),
          project("MOBILE-APP", "Mobile app", "The travel companion", "active", {"E103", "E104"}),
          project("WEB-STORE", "Web store", "The shop, rebuilt", "active",
                  {"E104", "E105", "E106"}),
          project("DATA-LAKE", "Data lake", "Waits for its first task", "inactive", {"E106"})}},
        {"employees",
         {employee("E101", "Ines Carvalho", "Female", "OR", 36),
          employee("E102", "Jonas Adeyemi", "Male", "CO", 29),
          employee("E103", "Priya Venkatesan", "Female", "NY", 42),
          employee("E104", "Marek Dvorak", "Male", "IL", 51),
          employee("E105", "Sofia Lindgren", "Female", "WA", 33),
          employee("E106", "Tomas Herrera", "Male", "NM", 45)}},
        {"holidays",
         {json::object{{"date", format_date(today + days(3))},
                       {"name", "Founders Day"},
                       {"type", "Company"}},
          json::object{{"date", format_date(today + days(40))},
                       {"name", "Harvest Day"},
                       {"type", "Company"}}}},
        {"pto", json::array{json::object{{"employee_id", "E105"},
                                         {"start_date", format_date(today + days(2))},
                                         {"end_date", format_date(today + days(5))},
                                         {"reason", "Family visit"}}}},
        {"sprints", std::move(sprints)},
        {"tasks", std::move(tasks)}};
    return json::serialize(json::object{{"workspace", workspace},
                                        {"cronjobs", {"run-dailyscrum-test-001-test-001-s12"}}});
}

}  // namespace dsm::sample
