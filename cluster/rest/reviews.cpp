// The reviews: created to be answered, never kept.
#include <fmt/format.h>

#include <algorithm>

#include "cluster/rest/access.hpp"

namespace dsm::cluster {

namespace {

json::object user_info(const User& user) {
    json::object info{{"username", user.name}};
    if (!user.uid.empty()) info["uid"] = user.uid;
    info["groups"] = json::value_from(user.groups);
    return info;
}

bool is_master(const json::value& review) {
    const json::array& groups = array_at(review, {"spec", "groups"});
    return std::ranges::any_of(groups, [](const json::value& group) {
        return group.is_string() && group.get_string() == "system:masters";
    });
}

/// nonResourceAttributes as Go prints its struct.
json::value shown_path(const json::value& review) {
    return {{"Path", text_at(review, {"spec", "nonResourceAttributes", "path"})},
            {"Verb", text_at(review, {"spec", "nonResourceAttributes", "verb"})}};
}

FieldErrors errors_of(const json::value& review, bool names_a_user) {
    FieldErrors errors;
    const bool resource = find_at(review, {"spec", "resourceAttributes"}) != nullptr;
    const bool path = find_at(review, {"spec", "nonResourceAttributes"}) != nullptr;
    if (resource && path) {
        errors.push_back(
            FieldError::invalid("spec.nonResourceAttributes", shown_path(review),
                                "cannot be specified in combination with resourceAttributes"));
    } else if (!resource && !path) {
        errors.push_back(FieldError::invalid(
            "spec.resourceAttributes", json::value(nullptr),
            "exactly one of nonResourceAttributes or resourceAttributes must be specified"));
    }
    const bool nobody =
        text_at(review, {"spec", "user"}).empty() && array_at(review, {"spec", "groups"}).empty();
    if (names_a_user && nobody) {
        errors.push_back(FieldError::invalid("spec.user", "",
                                             "at least one of user or group must be specified"));
    }
    return errors;
}

/// What a review of the rights in one namespace must be about.
FieldErrors errors_of_local(const json::value& review) {
    FieldErrors errors;
    const auto own = text_at(review, {"metadata", "namespace"});
    const auto asked = text_at(review, {"spec", "resourceAttributes", "namespace"});
    if (find_at(review, {"spec", "resourceAttributes"}) && asked != own) {
        errors.push_back(FieldError::invalid("spec.resourceAttributes.namespace", asked,
                                             "must match metadata.namespace"));
    }
    if (find_at(review, {"spec", "nonResourceAttributes"})) {
        errors.push_back(FieldError::invalid("spec.nonResourceAttributes", shown_path(review),
                                             "disallowed on this kind of request"));
    }
    return errors;
}

/// Metadata of a review but for what the server put there; `own_namespace` may be in it.
bool is_bare(const json::value& review, bool own_namespace) {
    for (const auto& [name, value] : review.at("metadata").as_object()) {
        const bool fine = name == "managedFields" || (own_namespace && name == "namespace");
        if (!fine) return false;
    }
    return true;
}

/// What every authenticated user may, by the roles that a cluster comes with.
std::string_view common_right(const json::value& review) {
    const json::value* spec = find_at(review, {"spec"});
    if (!spec) return {};
    const auto path = text_at(*spec, {"nonResourceAttributes", "path"});
    const auto root = path.substr(0, path.find('/', 1));
    const bool discovers = root == "/api" || root == "/apis" || root == "/openapi" ||
                           root == "/healthz" || root == "/livez" || root == "/readyz" ||
                           root == "/version";
    if (discovers && text_at(*spec, {"nonResourceAttributes", "verb"}) == "get") {
        return "system:discovery";
    }
    const auto resource = text_at(*spec, {"resourceAttributes", "resource"});
    const auto group = text_at(*spec, {"resourceAttributes", "group"});
    const bool reviews =
        (group == "authorization.k8s.io" &&
         (resource == "selfsubjectaccessreviews" || resource == "selfsubjectrulesreviews")) ||
        (group == "authentication.k8s.io" && resource == "selfsubjectreviews");
    const bool creates = text_at(*spec, {"resourceAttributes", "verb"}) == "create";
    return reviews && creates ? "system:basic-user" : "";
}

json::value self_status(const json::value& review, const User& user) {
    if (user.may_everything) return {{"allowed", true}};
    const auto role = common_right(review);
    if (role.empty()) return {{"allowed", false}};
    return {{"allowed", true},
            {"reason", fmt::format("RBAC: allowed by ClusterRoleBinding \"{0}\" of ClusterRole "
                                   "\"{0}\" to Group \"system:authenticated\"",
                                   role)}};
}

json::value token_status(const json::value& review, const Identity& identity) {
    const auto known = identity.users.find(std::string(text_at(review, {"spec", "token"})));
    if (known == identity.users.end()) {
        return {{"user", json::object{}}, {"error", "invalid bearer token"}};
    }
    return {{"authenticated", true},
            {"user", user_info(known->second)},
            {"audiences", json::array{"https://kubernetes.default.svc.cluster.local"}}};
}

json::value rules_status(const User& user) {
    json::array resources, paths;
    if (user.may_everything) {
        resources.push_back({{"verbs", {"*"}}, {"apiGroups", {"*"}}, {"resources", {"*"}}});
        paths.push_back({{"verbs", {"*"}}, {"nonResourceURLs", {"*"}}});
    }
    resources.push_back({{"verbs", {"create"}},
                         {"apiGroups", {"authorization.k8s.io"}},
                         {"resources", {"selfsubjectaccessreviews", "selfsubjectrulesreviews"}}});
    return {{"resourceRules", resources}, {"nonResourceRules", paths}, {"incomplete", false}};
}

}  // namespace

ApiResult<json::value> answer_review(const ResourceType& type, json::value review, const User& user,
                                     const Identity& identity) {
    json::object& object = review.as_object();
    object_at(review, {"metadata"});
    if (type.plural == "selfsubjectreviews") {
        object["status"] = {{"userInfo", user_info(user)}};
    } else if (type.plural == "tokenreviews") {
        if (text_at(review, {"spec", "token"}).empty()) {
            return std::unexpected(
                bad_request("token is required for TokenReview in authentication"));
        }
        object["status"] = token_status(review, identity);
    } else if (type.plural == "selfsubjectrulesreviews") {
        if (text_at(review, {"spec", "namespace"}).empty()) {
            return std::unexpected(bad_request("no namespace on request"));
        }
        object["status"] = rules_status(user);
    } else {
        const bool self = type.plural == "selfsubjectaccessreviews";
        const bool local = type.plural == "localsubjectaccessreviews";
        auto errors = errors_of(review, !self);
        if (!is_bare(review, local)) {
            errors.push_back(
                FieldError::invalid("metadata", review.at("metadata"), "must be empty"));
        }
        if (local) {
            for (auto& error : errors_of_local(review)) errors.push_back(std::move(error));
        }
        if (!errors.empty()) {
            return std::unexpected(invalid(type.group, "", "", errors));
        }
        const bool asked_admin =
            is_master(review) || std::ranges::any_of(identity.users, [&](const auto& entry) {
                return entry.second.may_everything &&
                       entry.second.name == text_at(review, {"spec", "user"});
            });
        object["status"] = self ? self_status(review, user) : json::value{{"allowed", asked_admin}};
    }
    return review;
}

}  // namespace dsm::cluster
