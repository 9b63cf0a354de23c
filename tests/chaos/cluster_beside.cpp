#include "tests/chaos/cluster_beside.hpp"

#include <boost/json.hpp>
#include <sstream>
#include <stdexcept>

#include "libs/kube/kubeconfig.hpp"
#include "libs/testing/await.hpp"

namespace dsm::chaos {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using testing::eventually;
using testing::read_file;

constexpr const char* kPrefix = "dsm.agile-corp.org/";

std::string text_at(const json::value& object, const std::string& pointer) {
    boost::system::error_code none;
    const json::value* found = object.find_pointer(pointer, none);
    return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::string annotation(const json::value& object, const std::string& name) {
    const json::value* metadata = object.as_object().if_contains("metadata");
    const json::value* all = metadata ? metadata->as_object().if_contains("annotations") : nullptr;
    const json::value* found = all ? all->as_object().if_contains(kPrefix + name) : nullptr;
    return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::string cronjobs_path(const std::string& name_space) {
    return "/apis/batch/v1/namespaces/" + name_space + "/cronjobs";
}

}  // namespace

ObjectVersion version_of(const std::string& change, const json::value& object) {
    return {.change = change,
            .name = text_at(object, "/metadata/name"),
            .uid = text_at(object, "/metadata/uid"),
            .ours = text_at(object, "/metadata/labels/app.kubernetes.io~1managed-by") == "dsm",
            .identity = annotation(object, "project-id") + "/" + annotation(object, "sprint-id"),
            .decision = annotation(object, "decision-id")};
}

ClusterBeside::ClusterBeside(std::string binary) {
    const testing::Arguments up{std::move(binary), "up", "--data", data_, "--port-base", "0"};
    process_ = std::make_unique<testing::BackgroundProcess>(
        up, testing::ProcessEnvironment{{"REDIS_HOST", ""}, {"DSM_FAILPOINTS", ""}},
        folder_.path());
    if (!eventually([&] { return !read_file(data_ + "/endpoints.json").empty(); }, 120s)) {
        throw std::runtime_error("the cluster did not start: " + process_->err());
    }
    auto access = kube::access_from_kubeconfig({kubeconfig()}, "", kube::InsecureTls::kRefuse);
    if (!access) throw std::runtime_error(access.error().message);
    access_ = std::move(*access);
    watch_ = std::make_unique<testing::BackgroundProcess>(
        testing::Arguments{"kubectl", "--kubeconfig", kubeconfig(), "get", "--raw",
                           "/apis/batch/v1/cronjobs?watch=1&timeoutSeconds=86400"},
        testing::ProcessEnvironment{{"HOME", folder_.path()}}, watch_folder_.path());
}

json::value ClusterBeside::call(const std::string& method, const std::string& path,
                                const std::string& body) const {
    const rt::SystemClock clock;
    boost::asio::io_context loop(1);
    http::Client client(loop.get_executor(), {.tls = access_.tls}, clock);
    http::ClientRequest request{.method = method, .url = access_.server + path, .body = body};
    request.headers.set("Authorization", "Bearer " + access_.token);
    if (!body.empty()) request.headers.set("Content-Type", "application/json");
    auto answer = boost::asio::co_spawn(
        loop, client.send(std::move(request), rt::Deadline::after(clock, 60s)),
        boost::asio::use_future);
    loop.run();
    const auto response = answer.get();
    if (!response) throw std::runtime_error(method + " " + path + ": " + response.error().message);
    if (response->status >= 300 && response->status != 404 && response->status != 409) {
        throw std::runtime_error(method + " " + path + ": " + response->body);
    }
    return json::parse(response->body);
}

void ClusterBeside::create_namespace(const std::string& name) const {
    call("POST", "/api/v1/namespaces",
         json::serialize(json::value{
             {"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", name}}}}));
}

void ClusterBeside::create_foreign_cronjob(const std::string& name_space,
                                           const std::string& name) const {
    static constexpr const char* kObject = R"({"apiVersion":"batch/v1","kind":"CronJob",
        "metadata":{"name":"?"},"spec":{"schedule":"0 0 1 1 *","suspend":true,"jobTemplate":{
        "spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c",
        "image":"i"}]}}}}}})";
    json::value object = json::parse(kObject);
    object.at("metadata").at("name") = name;
    call("POST", cronjobs_path(name_space), json::serialize(object));
}

std::vector<std::string> ClusterBeside::delete_our_cronjobs(
    const std::string& name_space,
    const std::function<bool(const std::string& decision)>& may) const {
    std::vector<std::string> uids;
    const json::value list = call("GET", cronjobs_path(name_space), "");
    for (const json::value& object : list.at("items").as_array()) {
        const ObjectVersion seen = version_of("", object);
        if (!seen.ours || !may(seen.decision)) continue;
        call("DELETE", cronjobs_path(name_space) + "/" + seen.name, "");
        uids.push_back(seen.uid);
    }
    return uids;
}

std::vector<json::value> ClusterBeside::watched(const std::string& name_space) const {
    std::vector<json::value> found;
    std::istringstream log(watch_->out());
    std::string line;
    while (std::getline(log, line)) {
        if (line.find("\"" + name_space + "\"") == std::string::npos) continue;
        boost::system::error_code cut_off;
        json::value event = json::parse(line, cut_off);
        if (cut_off) break;  // still being written
        if (text_at(event, "/object/metadata/namespace") != name_space) continue;
        found.push_back(std::move(event));
    }
    return found;
}

std::vector<ObjectVersion> ClusterBeside::versions(const std::string& name_space) const {
    std::vector<ObjectVersion> found;
    for (const json::value& event : watched(name_space)) {
        found.push_back(version_of(std::string(event.at("type").as_string()), event.at("object")));
    }
    return found;
}

std::string ClusterBeside::shown(const std::string& name_space) const {
    std::string all;
    for (const json::value& event : watched(name_space)) all += json::serialize(event) + "\n";
    return all;
}

}  // namespace dsm::chaos
