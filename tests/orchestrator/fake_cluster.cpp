#include "tests/orchestrator/fake_cluster.hpp"

#include <boost/json.hpp>

#include "cluster/objects/selector.hpp"
#include "libs/cron/cron.hpp"

namespace dsm::orchestrator::testing {
namespace {

namespace json = boost::json;

constexpr std::size_t kNamespaceSegment = 4;
constexpr std::size_t kNameSegment = 6;  // of /apis/batch/v1/namespaces/dsm/cronjobs/{name}

http::Response status(int code, std::string_view reason, std::string_view message,
                      const std::string& name = "") {
    return http::Response::text(code, status_body(code, reason, message, name), "application/json");
}

http::Response refuse(int code, std::string_view reason, const std::string& name) {
    return status(
        code, reason,
        fmt::format("cronjobs.batch \"{}\" {}", name, code == 404 ? "not found" : "already exists"),
        name);
}

/// What is wrong with an object, as a field and a reason; nullopt if nothing is.
std::optional<std::string> what_is_wrong(const json::object& object, const std::string& name) {
    constexpr std::size_t kMaxName = 52;
    if (name.size() > kMaxName) {
        return fmt::format(
            "metadata.name: Invalid value: \"{}\": must be no more than 52 characters", name);
    }
    const json::value* spec = object.if_contains("spec");
    const json::value* schedule = spec ? spec->as_object().if_contains("schedule") : nullptr;
    const std::string text(schedule ? schedule->as_string() : json::string());
    if (text.empty()) return "spec.schedule: Required value";
    const auto parsed = cron::Schedule::parse(text);
    if (parsed) return std::nullopt;
    return fmt::format("spec.schedule: Invalid value: \"{}\": {}", text, parsed.error().message);
}

std::string name_of(const json::object& object) {
    return std::string(object.at("metadata").at("name").as_string());
}

std::string verb_of(const http::Request& request) {
    if (request.method == "POST") return "create";
    if (request.method == "DELETE") return "delete";
    return request.segments.size() == kNameSegment ? "list" : "get";
}

}  // namespace

std::string status_body(int code, std::string_view reason, std::string_view message,
                        std::string_view name) {
    return json::serialize(
        json::value{{"kind", "Status"},
                    {"apiVersion", "v1"},
                    {"metadata", json::object()},
                    {"status", "Failure"},
                    {"message", message},
                    {"reason", reason},
                    {"details", {{"name", name}, {"group", "batch"}, {"kind", "cronjobs"}}},
                    {"code", code}});
}

FakeCluster::FakeCluster() : server([this](const http::Request& r) { return serve(r); }) {}

kube::Access FakeCluster::access() const {
    kube::Access access;
    access.server = server.url();
    access.name_space = "dsm";
    access.source = "a test";
    return access;
}

std::optional<json::object> FakeCluster::find(const std::string& name) const {
    return server.locked([&]() -> std::optional<json::object> {
        const auto found = objects_.find(name);
        return found == objects_.end() ? std::nullopt : std::optional(found->second);
    });
}

std::size_t FakeCluster::size() const {
    return server.locked([&] { return objects_.size(); });
}

void FakeCluster::put(json::object object) {
    server.locked([&] {
        object["metadata"].as_object()["uid"] = fmt::format("uid-{}", next_uid_++);
        object["metadata"].as_object()["resourceVersion"] = std::to_string(next_version_++);
        const std::string name = name_of(object);
        objects_.insert_or_assign(name, std::move(object));
    });
}

void FakeCluster::erase(const std::string& name) {
    server.locked([&] { objects_.erase(name); });
}

void FakeCluster::have_namespace(const std::string& name) {
    server.locked([&] { name_space_ = name; });
}

void FakeCluster::edit(const std::string& name, const std::function<void(json::value&)>& change) {
    server.locked([&] {
        json::value object = objects_.at(name);
        change(object);
        object.at("metadata").as_object()["resourceVersion"] = std::to_string(next_version_++);
        objects_.at(name) = object.as_object();
    });
}

http::Response FakeCluster::serve(const http::Request& request) {
    const auto& segments = request.segments;
    if (!segments.empty() && segments.back() == "selfsubjectaccessreviews") return review(request);
    if (segments.size() < kNameSegment) return http::Response::text(200, "ok");
    if (denied_.contains(verb_of(request))) {
        return http::Response::text(403, status_body(403, "Forbidden", "cronjobs is forbidden"),
                                    "application/json");
    }
    const bool here = segments[kNamespaceSegment] == name_space_;
    if (request.method == "POST") {
        if (here) return create(request);
        const auto& name_space = segments[kNamespaceSegment];
        return status(404, "NotFound", fmt::format("namespaces \"{}\" not found", name_space));
    }
    if (segments.size() == kNameSegment) return list(request, here);
    const std::string& name = segments[kNameSegment];
    if (request.method == "DELETE" && here) return remove(name, request);
    const auto found = objects_.find(name);
    if (!here || found == objects_.end()) return refuse(404, "NotFound", name);
    return http::Response::json(200, found->second);
}

/// Pages begin after the name that the token is.
http::Response FakeCluster::list(const http::Request& request, bool here) {
    const auto labels =
        cluster::LabelSelector::parse(request.query.find("labelSelector").value_or(""));
    if (!labels) return status(400, "BadRequest", labels.error());
    const std::string limit(request.query.find("limit").value_or("0"));
    const std::string after(request.query.find("continue").value_or(""));
    json::array items;
    json::object metadata{{"resourceVersion", std::to_string(next_version_)}};
    for (const auto& [name, object] : objects_) {
        if (!here || name <= after || !labels->matches(json::value(object))) continue;
        if (limit != "0" && items.size() == std::stoul(limit)) {
            metadata["continue"] = name_of(items.back().as_object());
            break;
        }
        items.push_back(object);
    }
    return http::Response::json(200, {{"kind", "CronJobList"},
                                      {"apiVersion", "batch/v1"},
                                      {"metadata", std::move(metadata)},
                                      {"items", std::move(items)}});
}

void FakeCluster::deny(const std::string& verb) {
    server.locked([&] { denied_.insert(verb); });
}

void FakeCluster::grant_everything() {
    server.locked([&] { denied_.clear(); });
}

http::Response FakeCluster::review(const http::Request& request) const {
    const json::value asked = json::parse(request.body);
    const auto& attributes = asked.at("spec").at("resourceAttributes");
    const std::string verb(attributes.at("verb").as_string());
    return http::Response::json(201, {{"kind", "SelfSubjectAccessReview"},
                                      {"apiVersion", "authorization.k8s.io/v1"},
                                      {"spec", asked.at("spec")},
                                      {"status", {{"allowed", !denied_.contains(verb)}}}});
}

http::Response FakeCluster::create(const http::Request& request) {
    json::object object = json::parse(request.body).as_object();
    const std::string name = name_of(object);
    if (const auto wrong = what_is_wrong(object, name)) {
        return status(422, "Invalid",
                      fmt::format("CronJob.batch \"{}\" is invalid: {}", name, *wrong), name);
    }
    if (objects_.contains(name)) return refuse(409, "AlreadyExists", name);
    json::object& metadata = object["metadata"].as_object();
    metadata["namespace"] = name_space_;
    metadata["resourceVersion"] = std::to_string(next_version_++);
    metadata["uid"] = fmt::format("uid-{}", next_uid_++);
    metadata["creationTimestamp"] = "2025-08-31T14:05:00Z";
    const auto stored = objects_.emplace(name, std::move(object)).first;
    return http::Response::json(201, stored->second);
}

http::Response FakeCluster::remove(const std::string& name, const http::Request& request) {
    const auto found = objects_.find(name);
    if (found == objects_.end()) return refuse(404, "NotFound", name);
    const json::value options = json::parse(request.body.empty() ? "{}" : request.body);
    const json::value* preconditions = options.as_object().if_contains("preconditions");
    if (preconditions && preconditions->at("uid") != found->second.at("metadata").at("uid")) {
        return http::Response::text(409, status_body(409, "Conflict", "the UID differs"),
                                    "application/json");
    }
    objects_.erase(found);
    return http::Response::json(200, {{"kind", "Status"},
                                      {"apiVersion", "v1"},
                                      {"metadata", json::object()},
                                      {"status", "Success"}});
}

}  // namespace dsm::orchestrator::testing
