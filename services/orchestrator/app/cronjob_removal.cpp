#include "services/orchestrator/app/cronjob_removal.hpp"

#include "services/orchestrator/core/cronjob_object.hpp"

namespace dsm::orchestrator {
namespace {

std::unexpected<Failure> not_found(const std::string& name, const ProjectId& project) {
    return failed(404, fmt::format("CronJob {} not found for project {}.", name, project.str()));
}

std::string uid_of(const boost::json::object& object) {
    const auto* metadata = object.if_contains("metadata");
    if (!metadata || !metadata->is_object()) return {};
    const auto* uid = metadata->get_object().if_contains("uid");
    return uid && uid->is_string() ? std::string(uid->get_string()) : std::string();
}

}  // namespace

boost::asio::awaitable<Outcome<void>> remove_cronjob(CronJobs& cronjobs, ProjectId project,
                                                     std::string name, Call call) {
    const auto found = co_await cronjobs.get(name, call);
    if (std::holds_alternative<kube::Absent>(found)) co_return not_found(name, project);
    if (const auto* forbidden = std::get_if<kube::Forbidden>(&found)) {
        co_return failed(502, "Kubernetes error: " + kube::describe(*forbidden));
    }
    if (const auto* unknown = std::get_if<kube::Unknown>(&found)) {
        co_return failed(503, "Could not connect to Kubernetes API: " + unknown->why);
    }
    const auto& object = std::get<kube::Present>(found).object;
    const std::string uid = uid_of(object);
    if (!belongs_to(object, project) || uid.empty()) co_return not_found(name, project);

    const auto removed = co_await cronjobs.remove(name, uid, call);
    if (std::holds_alternative<kube::Deleted>(removed)) co_return Outcome<void>{};
    if (std::holds_alternative<kube::Absent>(removed)) co_return not_found(name, project);
    if (const auto* conflict = std::get_if<kube::Conflict>(&removed)) {
        co_return failed(
            409, fmt::format("CronJob {} was replaced meanwhile: {}", name, conflict->message));
    }
    if (const auto* refused = std::get_if<kube::Refused>(&removed)) {
        co_return failed(
            502, fmt::format("Kubernetes error: {}: {}", refused->reason, refused->message));
    }
    if (const auto* forbidden = std::get_if<kube::Forbidden>(&removed)) {
        co_return failed(502, "Kubernetes error: " + kube::describe(*forbidden));
    }
    co_return failed(503, fmt::format("Could not connect to Kubernetes API: whether CronJob {} was "
                                      "deleted is unknown: {}",
                                      name, std::get<kube::Unknown>(removed).why));
}

}  // namespace dsm::orchestrator
