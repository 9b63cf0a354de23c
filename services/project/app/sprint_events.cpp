// The document is authoritative; the entry's own fields only stand in where old producers lack it.
#include "services/project/app/sprint_events.hpp"

#include <boost/json.hpp>

#include "libs/base/identifier.hpp"

namespace dsm::project {
namespace {

std::string text_of(const boost::json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

Reading read_event(const stream::Event& entry, SprintStarted& event) {
    boost::system::error_code failed;
    const auto document = boost::json::parse(entry.data, failed);
    if (failed || !document.is_object()) return Reading::kMalformed;
    const auto& root = document.get_object();
    if (text_of(root, "event_type") != "SprintStarted") return Reading::kOther;

    const auto* payload = root.if_contains("payload");
    const auto at = parse_rfc3339(text_of(root, "timestamp"));
    if (!payload || !payload->is_object() || !at) return Reading::kMalformed;
    event = {text_of(root, "event_id"), text_of(payload->get_object(), "project_id"), *at};
    if (event.event_id.empty() || !is_valid_id(event.project_id)) return Reading::kMalformed;
    return Reading::kSprintStarted;
}

}  // namespace dsm::project
