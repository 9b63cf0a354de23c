// Strict about what is acted on, indifferent about the rest.
#include "services/sprint/app/task_progressed.hpp"

#include <boost/json.hpp>

#include "libs/base/identifier.hpp"

namespace dsm::sprint {
namespace {

namespace json = boost::json;

std::optional<std::string> text_of(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string(value->get_string());
}

std::optional<int> percentage_of(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    if (value == nullptr || !value->is_number()) return std::nullopt;
    boost::system::error_code inexact;
    const auto number = value->to_number<std::int64_t>(inexact);
    if (inexact || number < 0 || number > 100) return std::nullopt;
    return static_cast<int>(number);
}

}  // namespace

Reading read_task_progressed(const stream::Event& entry, TaskProgressed& event) {
    boost::system::error_code broken;
    const auto document = json::parse(entry.data, broken);
    if (broken || !document.is_object()) return Reading::kMalformed;
    const json::object& root = document.get_object();
    if (text_of(root, "event_type") != "TASK_PROGRESSED") return Reading::kOther;
    const auto event_id = text_of(root, "event_id");
    const auto sprint_id = text_of(root, "sprint_id");
    const auto task_id = text_of(root, "task_id");
    const auto progress = percentage_of(root, "new_total_progress");
    if (!event_id || !is_valid_id(*event_id) || !sprint_id || !is_valid_id(*sprint_id) ||
        !task_id || !is_valid_id(*task_id) || !progress) {
        return Reading::kMalformed;
    }
    event.event_id = *event_id;
    event.sprint_id = *sprint_id;
    event.said = {.task_id = *task_id,
                  .new_progress = *progress,
                  .employee_id = text_of(root, "employee_id"),
                  .yesterday_work = text_of(root, "yesterday_work"),
                  .today_work = text_of(root, "today_work"),
                  .impediments = text_of(root, "impediments")};
    return Reading::kProgress;
}

}  // namespace dsm::sprint
