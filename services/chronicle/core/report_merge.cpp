// The merge of daily scrum notes.
#include "services/chronicle/core/report_merge.hpp"

#include <functional>
#include <map>
#include <set>

namespace dsm::chronicle {
namespace {

namespace json = boost::json;

/// What one employee reported on one day.
struct EmployeeReport {
    json::value employee_id;
    json::array tasks;
    std::set<std::string> seen;  ///< tasks in their own words

    void add(const json::value& task) {
        if (seen.insert(json::serialize(task)).second) tasks.push_back(task);
    }
};

class DayReport {
public:
    void add(const json::object& entry) {
        auto& report = report_of(entry.at("employee_id"));
        for (const auto& task : entry.at("tasks").as_array()) report.add(task);
    }
    json::array body() const {
        json::array entries;
        for (const auto& report : reports_) {
            entries.push_back({{"employee_id", report.employee_id}, {"tasks", report.tasks}});
        }
        return entries;
    }

private:
    EmployeeReport& report_of(const json::value& employee_id) {
        const auto [place, added] =
            places_.try_emplace(json::serialize(employee_id), reports_.size());
        if (added) reports_.push_back({employee_id, {}, {}});
        return reports_[place->second];
    }

    std::vector<EmployeeReport> reports_;
    std::map<std::string, std::size_t> places_;
};

using Days = std::map<std::string, DayReport, std::greater<>>;

void add_reports(Days& days, const json::object& reports, const std::optional<std::string>& date) {
    const bool only_that_day = date && reports.contains(*date);
    for (const auto& [day, entries] : reports) {
        if (only_that_day && day != *date) continue;
        auto& report = days[std::string(day)];
        for (const auto& entry : entries.as_array()) report.add(entry.as_object());
    }
}

json::value text_or_null(const std::optional<std::string>& text) {
    return text ? json::value(*text) : json::value(nullptr);
}

json::object listing(const StoredNote& stored, const json::object& data) {
    json::object entry{{"note_id", stored.id},
                       {"event_id", data.at("event_id")},
                       {"sprint_id", text_or_null(stored.note.sprint_id)},
                       {"created_at", format_rfc3339(stored.created_at)},
                       {"summary", text_or_null(stored.note.summary)}};
    const auto* details = data.if_contains("orchestration_decision_details");
    if (details != nullptr) entry["orchestration_decision_details"] = *details;
    return entry;
}

}  // namespace

json::object merge_reports(const std::vector<StoredNote>& newest_first,
                           const std::optional<std::string>& date) {
    Days days;
    json::array notes;
    for (const auto& stored : newest_first) {
        const auto data = json::parse(stored.note.data).as_object();
        add_reports(days, data.at("reports").as_object(), date);
        notes.push_back(listing(stored, data));
    }
    json::object reports;
    for (const auto& [day, report] : days) reports[day] = report.body();
    const auto& newest = newest_first.front();
    const auto& metrics = newest.note.metrics;
    return {{"project_id", newest.note.project_id},
            {"sprint_id", text_or_null(newest.note.sprint_id)},
            {"created_at", format_rfc3339(newest.created_at)},
            {"summary", text_or_null(newest.note.summary)},
            {"summary_metrics", metrics ? json::parse(*metrics) : json::value(nullptr)},
            {"reports", std::move(reports)},
            {"notes", std::move(notes)}};
}

}  // namespace dsm::chronicle
