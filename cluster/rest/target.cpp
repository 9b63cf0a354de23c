// Reads paths as the real server's RequestInfo does.
#include "cluster/rest/target.hpp"

namespace dsm::cluster {

namespace {

std::string verb_of(const http::Request& request, const Target& target, bool watch_prefix) {
    const std::string& method = request.method;
    if (method == "POST") return "create";
    if (method == "PUT") return "update";
    if (method == "PATCH") return "patch";
    if (method == "DELETE") return target.collection() ? "deletecollection" : "delete";
    if (method != "GET") return {};
    if (watch_prefix || (target.collection() && is_set(request.query, "watch"))) return "watch";
    return target.collection() ? "list" : "get";
}

std::string lower(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

}  // namespace

bool is_set(const http::Query& query, std::string_view name) {
    const auto value = query.find(name);
    return value && *value != "0" && *value != "false";
}

Target parse_target(const http::Request& request) {
    Target target;
    target.path = request.target.substr(0, request.target.find('?'));
    target.segments = request.segments;
    if (!target.segments.empty() && target.segments.back().empty()) target.segments.pop_back();
    target.verb = request.method == "HEAD" ? "head" : lower(request.method);

    const auto& all = target.segments;
    std::size_t at = 0;
    if (all.size() >= 3 && all[0] == "api") {
        at = 2;
    } else if (all.size() >= 4 && all[0] == "apis") {
        target.group = all[1];
        at = 3;
    } else {
        return target;
    }
    const std::string& version = all[at - 1];
    target.is_resource_path = true;
    std::vector<std::string> rest(all.begin() + static_cast<std::ptrdiff_t>(at), all.end());
    const bool watch_prefix = rest.size() > 1 && rest[0] == "watch";
    if (watch_prefix) rest.erase(rest.begin());
    const bool namespace_itself =
        rest.size() == 3 && (rest[2] == "status" || rest[2] == "finalize");
    if (rest[0] == "namespaces" && rest.size() > 2 && !namespace_itself) {
        target.name_space = rest[1];
        rest.erase(rest.begin(), rest.begin() + 2);
    }
    target.resource = rest[0];
    if (rest.size() > 1) target.name = rest[1];
    if (rest.size() > 2) target.subresource = rest[2];
    target.verb = verb_of(request, target, watch_prefix);
    target.type = rest.size() > 3 ? nullptr : find_resource(target.group, version, rest[0]);
    if (target.type == nullptr) return target;

    const bool wrong_scope = target.type->namespaced
                                 ? target.name_space.empty() && !target.name.empty()
                                 : !target.name_space.empty();
    const bool named_review = !target.type->stored() && !target.name.empty();
    if (wrong_scope || named_review) target.type = nullptr;
    if (target.type && target.resource == "namespaces" && !target.name.empty()) {
        target.name_space = target.name;  // how authorization names it
    }
    return target;
}

}  // namespace dsm::cluster
