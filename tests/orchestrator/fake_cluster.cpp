#include "tests/orchestrator/fake_cluster.hpp"

#include <boost/json.hpp>

namespace dsm::orchestrator::testing {
namespace {

namespace json = boost::json;

constexpr std::size_t kNameSegment = 6;  // of /apis/batch/v1/namespaces/dsm/cronjobs/{name}

http::Response refuse(int code, std::string_view reason, const std::string& name) {
    const auto message =
        fmt::format("cronjobs.batch \"{}\" {}", name, code == 404 ? "not found" : "already exists");
    return http::Response::text(code, status_body(code, reason, message, name), "application/json");
}

std::string name_of(const json::object& object) {
    return std::string(object.at("metadata").at("name").as_string());
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
        const std::string name = name_of(object);
        objects_.insert_or_assign(name, std::move(object));
    });
}

void FakeCluster::erase(const std::string& name) {
    server.locked([&] { objects_.erase(name); });
}

void FakeCluster::edit(const std::string& name, const std::function<void(json::value&)>& change) {
    server.locked([&] {
        json::value object = objects_.at(name);
        change(object);
        objects_.at(name) = object.as_object();
    });
}

http::Response FakeCluster::serve(const http::Request& request) {
    const auto& segments = request.segments;
    if (segments.size() < kNameSegment) return http::Response::text(200, "ok");
    if (request.method == "POST") return create(request);
    if (segments.size() == kNameSegment) {
        json::array items;
        for (const auto& [name, object] : objects_) items.push_back(object);
        return http::Response::json(200, {{"kind", "CronJobList"},
                                          {"apiVersion", "batch/v1"},
                                          {"metadata", {{"resourceVersion", "7"}}},
                                          {"items", std::move(items)}});
    }
    const std::string& name = segments[kNameSegment];
    if (request.method == "DELETE") return remove(name, request);
    const auto found = objects_.find(name);
    if (found == objects_.end()) return refuse(404, "NotFound", name);
    return http::Response::json(200, found->second);
}

http::Response FakeCluster::create(const http::Request& request) {
    json::object object = json::parse(request.body).as_object();
    const std::string name = name_of(object);
    if (objects_.contains(name)) return refuse(409, "AlreadyExists", name);
    json::object& metadata = object["metadata"].as_object();
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
