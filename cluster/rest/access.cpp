// Authentication and authorization of one request.
#include "cluster/rest/access.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dsm::cluster {

namespace {

constexpr std::string_view kMasters = "system:masters";
constexpr std::string_view kAuthenticated = "system:authenticated";

User anonymous() {
    return {"system:anonymous", "", {"system:unauthenticated"}, false};
}

bool is_public_page(std::string_view path) {
    for (const std::string_view page : {"/healthz", "/livez", "/readyz", "/version"}) {
        if (path == page || (page != "/version" && path.starts_with(std::string(page) + "/"))) {
            return true;
        }
    }
    return path == "/version/";
}

bool is_discovery_page(const Target& target) {
    if (target.segments.empty()) return false;
    const std::string& root = target.segments[0];
    return target.verb == "get" && (root == "api" || root == "apis" || root == "openapi");
}

bool is_self_review(const Target& target) {
    return target.type != nullptr && target.verb == "create" &&
           target.resource.starts_with("selfsubject");
}

std::string_view scheme_token(std::string_view header) {
    constexpr std::string_view kBearer = "bearer ";
    if (header.size() <= kBearer.size()) return {};
    for (std::size_t i = 0; i < kBearer.size(); ++i) {
        if (std::tolower(static_cast<unsigned char>(header[i])) != kBearer[i]) return {};
    }
    return header.substr(kBearer.size());
}

ApiError may_not(const User& user, const Target& target, std::string_view verb,
                 std::string_view resource) {
    std::string why = fmt::format("User \"{}\" cannot {} resource \"{}\" in API group \"{}\"",
                                  user.name, verb, resource, target.group);
    why += target.name_space.empty() ? " at the cluster scope"
                                     : fmt::format(" in the namespace \"{}\"", target.name_space);
    const std::string name = target.verb == "create" ? "" : target.name;
    if (target.type) return forbidden(*target.type, name, why);
    const std::string qualified =
        target.group.empty() ? target.resource : target.resource + "." + target.group;
    ApiError error;
    error.code = 403;
    error.reason = "Forbidden";
    error.message = name.empty() ? fmt::format("{} is forbidden: {}", qualified, why)
                                 : fmt::format("{} \"{}\" is forbidden: {}", qualified, name, why);
    error.details = json::object{{"kind", target.resource}};
    if (!name.empty()) error.details.get_object()["name"] = name;
    if (!target.group.empty()) error.details.get_object()["group"] = target.group;
    return error;
}

}  // namespace

ApiResult<User> authenticate(const http::Request& request, const Identity& identity) {
    const auto header = request.headers.find("Authorization").value_or("");
    const std::string_view token = scheme_token(header);
    User user = anonymous();
    if (!token.empty()) {
        const auto known = identity.users.find(std::string(token));
        if (known == identity.users.end()) return std::unexpected(unauthorized());
        user = known->second;
    }
    if (!header.empty() && token.empty()) return std::unexpected(unauthorized());
    const auto wanted = request.headers.find("Impersonate-User");
    if (!wanted) {
        const auto group = request.headers.find("Impersonate-Group");
        if (!group) return user;
        ApiError error = server_error(fmt::format(
            "Internal Server Error: {}: requested [{{Group  {}    }}] without impersonating a "
            "user\n",
            go_quote(request.target), *group));
        error.plain_text = true;
        return std::unexpected(std::move(error));
    }
    if (!user.may_everything) {
        Target target;
        target.verb = "impersonate";
        target.resource = "users";
        target.name = std::string(*wanted);
        return std::unexpected(may_not(user, target, "impersonate", "users"));
    }
    User other{std::string(*wanted), "", {}, false};
    for (const auto& [name, value] : request.headers.all()) {
        if (http::Headers one; one.set(name, value), one.find("Impersonate-Group")) {
            other.groups.push_back(value);
        }
    }
    other.groups.emplace_back(kAuthenticated);
    other.may_everything = std::ranges::find(other.groups, kMasters) != other.groups.end();
    return other;
}

ApiResult<void> authorize(const User& user, const Target& target) {
    if (user.may_everything) return {};
    const bool authenticated = std::ranges::find(user.groups, kAuthenticated) != user.groups.end();
    if (!target.is_resource_path) {
        if (is_public_page(target.path)) return {};
        if (authenticated && is_discovery_page(target)) return {};
        return std::unexpected(forbidden_path(user.name, target.verb, target.path));
    }
    if (authenticated && is_self_review(target)) return {};
    std::string resource = target.resource;
    if (!target.subresource.empty()) resource += "/" + target.subresource;
    return std::unexpected(may_not(user, target, target.verb, resource));
}

}  // namespace dsm::cluster
