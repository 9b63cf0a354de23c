// The two files as JSON.
#include "dsm/client/endpoints.hpp"

#include <signal.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>

#include "dsm/client/files.hpp"

namespace dsm::client {

namespace json = boost::json;

namespace {

/// A killed process keeps its id until its parent takes notice, which the first process of many a
/// container never does: it answers to signal 0 and serves nobody.
bool is_zombie(std::int64_t pid) {
    const auto stat = read_whole(fmt::format("/proc/{}/stat", pid), 4096);
    if (!stat) return false;
    const auto name_end = stat->rfind(") ");  // the name itself may hold anything
    return name_end != std::string::npos && stat->substr(name_end + 2, 1) == "Z";
}

bool runs(std::int64_t pid) {
    const bool exists = pid > 0 && (::kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM);
    return exists && !is_zombie(pid);
}

std::string text_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::int64_t number_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

Result<json::object> read_object(const std::string& path) {
    auto text = read_whole(path, 1024 * 1024);
    if (!text) return std::unexpected(text.error());
    boost::system::error_code wrong;
    auto value = json::parse(*text, wrong);
    if (wrong || !value.is_object()) return fail(ErrorCode::kInvalid, path + " is damaged");
    return std::move(value.get_object());
}

}  // namespace

std::string to_text(const Endpoints& endpoints) {
    return json::serialize(json::object{{"orchestrator", endpoints.orchestrator},
                                        {"project", endpoints.project},
                                        {"backlog", endpoints.backlog},
                                        {"sprint", endpoints.sprint},
                                        {"chronicle", endpoints.chronicle},
                                        {"kubernetes", endpoints.kubernetes},
                                        {"kubeconfig", endpoints.kubeconfig},
                                        {"pid", endpoints.pid}}) +
           "\n";
}

std::string endpoints_path(const std::string& data) {
    return data + "/endpoints.json";
}

std::string streams_path(const std::string& data) {
    return data + "/streams.json";
}

Result<Endpoints> find_running(const std::string& data) {
    auto object = read_object(endpoints_path(data));
    if (!object && object.error().code != ErrorCode::kNotFound) {
        return std::unexpected(object.error());
    }
    if (!object) {
        return fail(ErrorCode::kUnavailable,
                    fmt::format("no running DSM found in {}: start one with `dsm up`, or name one "
                                "with --data",
                                data));
    }
    if (const auto pid = number_at(*object, "pid"); !runs(pid)) {
        return fail(ErrorCode::kUnavailable,
                    fmt::format("DSM is not running in {} any more (its process {} ended without "
                                "cleaning up): start it with `dsm up`",
                                data, pid));
    }
    return Endpoints{.orchestrator = text_at(*object, "orchestrator"),
                     .project = text_at(*object, "project"),
                     .backlog = text_at(*object, "backlog"),
                     .sprint = text_at(*object, "sprint"),
                     .chronicle = text_at(*object, "chronicle"),
                     .kubernetes = text_at(*object, "kubernetes"),
                     .kubeconfig = text_at(*object, "kubeconfig"),
                     .pid = number_at(*object, "pid")};
}

std::string to_text(const StreamPlace& place) {
    json::object object;
    if (place.sqlite_file.empty()) {
        object = {{"kind", "redis"},
                  {"host", place.redis_host},
                  {"port", place.redis_port},
                  {"db", place.redis_db}};
    } else {
        object = {{"kind", "sqlite"}, {"file", place.sqlite_file}};
    }
    json::array names;
    for (const auto& name : place.streams) names.emplace_back(name);
    object["streams"] = std::move(names);
    return json::serialize(object) + "\n";
}

Result<StreamPlace> read_stream_place(const std::string& data) {
    auto object = read_object(streams_path(data));
    if (!object) return std::unexpected(object.error());
    StreamPlace place;
    if (text_at(*object, "kind") == "sqlite") {
        place.sqlite_file = text_at(*object, "file");
    } else {
        place.redis_host = text_at(*object, "host");
        place.redis_port = static_cast<std::uint16_t>(number_at(*object, "port"));
        place.redis_db = static_cast<int>(number_at(*object, "db"));
    }
    if (const auto* names = object->if_contains("streams"); names != nullptr && names->is_array()) {
        for (const auto& name : names->get_array()) {
            if (name.is_string()) place.streams.emplace_back(name.get_string());
        }
    }
    return place;
}

}  // namespace dsm::client
