// The nested shape of a daily scrum report, checked field by field.
#include "services/chronicle/http/daily_report_body.hpp"

#include <set>

#include "services/chronicle/http/replies.hpp"

namespace dsm::chronicle {
namespace {

namespace json = boost::json;
using http::FieldError;
using http::ObjectReader;
using http::Presence;
using Errors = std::vector<FieldError>;
using Place = std::vector<json::value>;

Place below(Place place, json::value step) {
    place.push_back(std::move(step));
    return place;
}

json::object read_task(const json::value& given, Errors& errors, Place place) {
    ObjectReader task(given, errors, std::move(place));
    return {{"id", text_or_null(task.text("id", Presence::kRequired))},
            {"yesterday_work", text_or_null(task.text("yesterday_work", Presence::kOptional))},
            {"today_work", text_or_null(task.text("today_work", Presence::kOptional))},
            {"impediments", text_or_null(task.text("impediments", Presence::kOptional))},
            {"created_at", text_or_null(task.text("created_at", Presence::kRequired))}};
}

json::object read_entry(const json::value& given, Errors& errors, const Place& place) {
    ObjectReader entry(given, errors, place);
    auto employee = entry.text("employee_id", Presence::kOptional);
    auto assigned = entry.text("assigned_to", Presence::kOptional);
    json::array tasks;
    if (const auto* list = entry.array("tasks", Presence::kRequired)) {
        const Place tasks_place = below(place, "tasks");
        for (std::size_t i = 0; i < list->size(); ++i) {
            tasks.push_back(read_task((*list)[i], errors, below(tasks_place, i)));
        }
    }
    return {{"employee_id", text_or_null(employee ? employee : assigned)},
            {"tasks", std::move(tasks)}};
}

json::array read_day(const json::value& given, Errors& errors, const Place& place) {
    json::array entries;
    if (!given.is_array()) {
        errors.push_back({"list_type", place, "Input should be a valid list", given, std::nullopt});
        return entries;
    }
    const auto& list = given.get_array();
    for (std::size_t i = 0; i < list.size(); ++i) {
        entries.push_back(read_entry(list[i], errors, below(place, i)));
    }
    return entries;
}

json::object read_reports(ObjectReader& body, Errors& errors) {
    json::object reports;
    const auto* given = body.object("reports", Presence::kRequired);
    if (given == nullptr) return reports;
    for (const auto& [day, entries] : *given) {
        const Place place = below(body.loc_of("reports"), json::string(day));
        if (!parse_date(day)) {
            errors.push_back({"date_from_datetime_parsing", place,
                              "Input should be a valid date in the form YYYY-MM-DD",
                              json::string(day), std::nullopt});
            continue;
        }
        reports[day] = read_day(entries, errors, place);
    }
    return reports;
}

std::optional<std::string> read_metrics(ObjectReader& body, Errors& errors) {
    if (body.object("summary_metrics", Presence::kOptional) == nullptr) return std::nullopt;
    const json::value given = *body.object("summary_metrics", Presence::kOptional);
    ObjectReader metrics(given, errors, body.loc_of("summary_metrics"));
    json::object read;
    for (const auto* name :
         {"total_team_members", "total_tasks", "completed_tasks", "pending_tasks"}) {
        read[name] = number_or_null(metrics.integer(name, Presence::kRequired));
    }
    return json::serialize(read);
}

}  // namespace

Note read_daily_report(ObjectReader& body, Errors& errors, Instant now) {
    Note note{.type = NoteType::kDailyScrumReport, .at = now};
    note.project_id = body.text("project_id", Presence::kRequired, http::kIdRule).value_or("");
    note.sprint_id = body.text("sprint_id", Presence::kOptional, http::kIdRule);
    note.summary = body.text("summary", Presence::kOptional);
    note.metrics = read_metrics(body, errors);
    auto reports = read_reports(body, errors);

    std::set<std::string> dates;
    for (const auto& [day, entries] : reports) dates.emplace(day);
    if (const auto date = body.date("report_date", Presence::kOptional)) {
        note.report_date = format_date(*date);
        dates.insert(*note.report_date);
    }
    note.dates.assign(dates.begin(), dates.end());

    json::object data{{"event_id", text_or_null(body.text("event_id", Presence::kOptional))},
                      {"reports", std::move(reports)}};
    constexpr auto kDetails = "orchestration_decision_details";
    if (const auto* details = body.object(kDetails, Presence::kOptional)) {
        note.is_decision = true;
        data[kDetails] = *details;
    }
    note.data = json::serialize(data);
    return note;
}

}  // namespace dsm::chronicle
