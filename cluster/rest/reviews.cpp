// The reviews: created to be answered, never kept.
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

FieldErrors errors_of(const json::value& review, bool names_a_user) {
    FieldErrors errors;
    const bool resource = find_at(review, {"spec", "resourceAttributes"}) != nullptr;
    const bool path = find_at(review, {"spec", "nonResourceAttributes"}) != nullptr;
    if (resource == path) {
        errors.push_back(FieldError::invalid(
            "spec.resourceAttributes", json::value(nullptr),
            resource ? "cannot be specified in combination with nonResourceAttributes"
                     : "exactly one of nonResourceAttributes or resourceAttributes must be "
                       "specified"));
    }
    const bool nobody =
        text_at(review, {"spec", "user"}).empty() && array_at(review, {"spec", "groups"}).empty();
    if (names_a_user && nobody) {
        errors.push_back(FieldError::invalid("spec.user", "",
                                             "at least one of user or group must be specified"));
    }
    return errors;
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
        object["status"] = token_status(review, identity);
    } else if (type.plural == "selfsubjectrulesreviews") {
        if (text_at(review, {"spec", "namespace"}).empty()) {
            return std::unexpected(bad_request("no namespace on request"));
        }
        object["status"] = rules_status(user);
    } else {
        const bool self = type.plural == "selfsubjectaccessreviews";
        if (const auto errors = errors_of(review, !self); !errors.empty()) {
            return std::unexpected(invalid(type.group, "", "", errors));
        }
        const bool asked_admin =
            is_master(review) || std::ranges::any_of(identity.users, [&](const auto& entry) {
                return entry.second.may_everything &&
                       entry.second.name == text_at(review, {"spec", "user"});
            });
        object["status"] = {{"allowed", self ? user.may_everything : asked_admin}};
    }
    return review;
}

}  // namespace dsm::cluster
