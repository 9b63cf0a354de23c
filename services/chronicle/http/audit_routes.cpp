// Decision audits on the wire: checked where we rely on them, kept whole.
#include "services/chronicle/http/audit_routes.hpp"

#include "services/chronicle/http/replies.hpp"

namespace dsm::chronicle {

namespace asio = boost::asio;
namespace json = boost::json;
using http::Presence;
using http::Request;
using http::Response;

namespace {

constexpr const char* kPath = "/v1/notes/decision_audit";

/// Writers before us left the zone out; they meant UTC.
std::optional<Instant> parse_instant(std::string_view text) {
    if (auto exact = parse_rfc3339(text)) return exact;
    if (auto zoneless = parse_rfc3339(std::string(text) + "Z")) return zoneless;
    if (auto date = parse_date(text)) return Instant(*date);
    return std::nullopt;
}

void check_decision(http::ObjectReader& body, std::string_view name,
                    std::vector<http::FieldError>& errors) {
    const auto* given = body.object(name, Presence::kRequired);
    if (given == nullptr) return;
    const json::value value = *given;
    http::ObjectReader decision(value, errors, body.loc_of(name));
    decision.boolean("create_new_sprint", Presence::kOptional);
    decision.integer("tasks_to_assign", Presence::kOptional);
    decision.integer("sprint_duration_weeks", Presence::kOptional);
    decision.text("reasoning", Presence::kOptional);
    decision.text("decision_source", Presence::kOptional);
}

Note read_audit(const std::string& document, http::ObjectReader& body,
                std::vector<http::FieldError>& errors, Instant now) {
    Note note{.type = NoteType::kDecisionAudit};
    note.source_id = body.text("audit_id", Presence::kRequired, http::kIdRule);
    note.project_id = body.text("project_id", Presence::kRequired, http::kIdRule).value_or("");
    const auto timestamp = body.text("timestamp", Presence::kRequired);
    check_decision(body, "base_decision", errors);
    check_decision(body, "final_decision", errors);
    body.text("combined_reasoning", Presence::kRequired);
    body.text("correlation_id", Presence::kRequired);
    note.sprint_id = body.text("sprint_id", Presence::kOptional, http::kIdRule);
    note.at = parse_instant(timestamp.value_or("")).value_or(now);
    note.data = document;
    return note;
}

std::optional<Instant> read_since(http::QueryReader& query, std::vector<http::FieldError>& errors) {
    const auto text = query.text("since", Presence::kOptional);
    if (!text) return std::nullopt;
    const auto since = parse_instant(*text);
    if (!since) {
        errors.push_back({"value_error",
                          {"query", "since"},
                          "Value error, since must be an RFC 3339 time or a date",
                          json::string(*text),
                          std::nullopt});
    }
    return since;
}

}  // namespace

void AuditRoutes::add_to(http::Router& router) {
    router.add("POST", kPath, [this](Request r) { return create(std::move(r)); });
    router.add("GET", kPath, [this](Request r) { return list(std::move(r)); });
}

asio::awaitable<Response> AuditRoutes::create(Request request) {
    const auto given = http::read_body(request, Presence::kRequired);
    if (!given) co_return given.error();
    std::vector<http::FieldError> errors;
    http::ObjectReader body(*given, errors);
    auto note = read_audit(request.body, body, errors, clock_.wall());
    if (!errors.empty()) co_return http::validation_error(errors);
    auto id = co_await store_.add(std::move(note), random_.uuid(), clock_.wall());
    if (!id) co_return refuse(id.error());
    co_return Response::json(
        201, {{"message", "Decision audit note recorded successfully"}, {"note_id", *id}});
}

asio::awaitable<Response> AuditRoutes::list(Request request) {
    std::vector<http::FieldError> errors;
    http::QueryReader query(request.query, errors);
    const auto list = read_list_query(query);
    const auto since = read_since(query, errors);
    if (!errors.empty()) co_return http::validation_error(errors);
    NoteFilter filter{.type = NoteType::kDecisionAudit,
                      .project_id = list.project_id,
                      .sprint_id = list.sprint_id,
                      .since = since,
                      .limit = list.limit};
    Result<std::vector<StoredNote>> notes;
    if (can_match(list)) notes = co_await store_.find(std::move(filter));
    if (!notes) co_return refuse(notes.error());
    // The payloads are JSON already: there may be very many, so they are not parsed again.
    std::string body = "[";
    for (const auto& note : *notes) {
        if (body.size() > 1) body += ',';
        body += note.note.data;
    }
    body += ']';
    auto response = Response::text(200, std::move(body), "application/json");
    co_return response;
}

}  // namespace dsm::chronicle
