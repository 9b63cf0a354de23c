// Key names are the contract's; they are also what the other services and the client read.
#include "services/backlog/http/replies.hpp"

#include "libs/telemetry/log.hpp"

namespace dsm::backlog {

http::Response refuse(const Error& failure) {
    if (failure.code == ErrorCode::kNotFound) return http::error(failure);
    telemetry::log(telemetry::Level::kError, "backlog-service", "database_failed",
                   {{"code", name_of(failure.code)}, {"error", failure.message}});
    return http::database_unavailable(failure);
}

boost::json::object to_json(const Task& task) {
    const auto or_null = [](const std::optional<std::string>& text) {
        return text ? boost::json::value(*text) : boost::json::value(nullptr);
    };
    return {{"task_id", task.id},
            {"project_id", task.project_id},
            {"title", task.title},
            {"description", task.description},
            {"status", task.status},
            {"assigned_to", or_null(task.assigned_to)},
            {"sprint_id", or_null(task.sprint_id)},
            {"progress_percentage", task.progress_percentage}};
}

boost::json::object to_json(const Summary& summary) {
    boost::json::object counts;
    for (const auto& [status, count] : summary.status_counts) counts[status] = count;
    return {{"project_id", summary.project_id},
            {"total_tasks", summary.total},
            {"status_counts", std::move(counts)},
            {"unassigned_for_sprint_count", summary.unassigned_for_sprint}};
}

void for_each_object(http::ObjectReader& root, std::string_view name, http::Presence presence,
                     std::vector<http::FieldError>& errors,
                     const std::function<void(http::ObjectReader&)>& read) {
    const auto* list = root.array(name, presence);
    if (!list) return;
    for (std::size_t i = 0; i < list->size(); ++i) {
        auto loc = root.loc_of(name);
        loc.emplace_back(static_cast<std::int64_t>(i));
        http::ObjectReader reader((*list)[i], errors, std::move(loc));
        read(reader);
    }
}

}  // namespace dsm::backlog
