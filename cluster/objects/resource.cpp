// The table of resources.
#include "cluster/objects/resource.hpp"

#include <algorithm>

namespace dsm::cluster {
namespace {

using Verbs = std::vector<std::string_view>;

Verbs all_verbs() {
    return {"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"};
}

ResourceType review(std::string_view group, std::string_view plural, std::string_view singular,
                    std::string_view kind, std::string_view message, bool namespaced = false) {
    return {.group = group,
            .version = "v1",
            .plural = plural,
            .singular = singular,
            .kind = kind,
            .namespaced = namespaced,
            .verbs = {"create"},
            .message = message};
}

std::vector<ResourceType> core_and_batch() {
    const Subresource status{.name = "status", .verbs = {"get", "patch", "update"}};
    return {
        {.version = "v1",
         .plural = "events",
         .singular = "event",
         .kind = "Event",
         .short_names = {"ev"},
         .verbs = all_verbs(),
         .message = "core.v1.Event",
         .storage_hash = "r2yiGXH7wu8=",
         .storage = "events"},
        {.version = "v1",
         .plural = "namespaces",
         .singular = "namespace",
         .kind = "Namespace",
         .namespaced = false,
         .short_names = {"ns"},
         .verbs = {"create", "delete", "get", "list", "patch", "update", "watch"},
         .subresources = {{.name = "finalize", .verbs = {"update"}}, status},
         .message = "core.v1.Namespace",
         .storage_hash = "Q3oi5N2YM8M=",
         .storage = "namespaces"},
        {.group = "batch",
         .version = "v1",
         .plural = "cronjobs",
         .singular = "cronjob",
         .kind = "CronJob",
         .short_names = {"cj"},
         .categories = {"all"},
         .verbs = all_verbs(),
         .subresources = {status},
         .message = "batch.v1.CronJob",
         .storage_hash = "sd5LIXh4Fjs=",
         .storage = "cronjobs"},
        {.group = "batch",
         .version = "v1",
         .plural = "jobs",
         .singular = "job",
         .kind = "Job",
         .categories = {"all"},
         .verbs = all_verbs(),
         .subresources = {status},
         .message = "batch.v1.Job",
         .storage_hash = "mudhfqk/qZY=",
         .storage = "jobs"},
        {.group = "coordination.k8s.io",
         .version = "v1",
         .plural = "leases",
         .singular = "lease",
         .kind = "Lease",
         .verbs = all_verbs(),
         .message = "coordination.v1.Lease",
         .storage_hash = "gqkMMb/YqFM=",
         .storage = "leases"},
        {.group = "events.k8s.io",
         .version = "v1",
         .plural = "events",
         .singular = "event",
         .kind = "Event",
         .short_names = {"ev"},
         .verbs = all_verbs(),
         .message = "events.v1.Event",
         .storage_hash = "r2yiGXH7wu8=",
         .storage = "events"},
    };
}

std::vector<ResourceType> make_registry() {
    constexpr std::string_view kAuthn = "authentication.k8s.io";
    constexpr std::string_view kAuthz = "authorization.k8s.io";
    auto types = core_and_batch();
    types.push_back(review(kAuthn, "selfsubjectreviews", "selfsubjectreview", "SelfSubjectReview",
                           "authentication.v1.SelfSubjectReview"));
    types.push_back(review(kAuthn, "tokenreviews", "tokenreview", "TokenReview",
                           "authentication.v1.TokenReview"));
    types.push_back(review(kAuthz, "localsubjectaccessreviews", "localsubjectaccessreview",
                           "LocalSubjectAccessReview", "authorization.v1.LocalSubjectAccessReview",
                           true));
    types.push_back(review(kAuthz, "selfsubjectaccessreviews", "selfsubjectaccessreview",
                           "SelfSubjectAccessReview", "authorization.v1.SelfSubjectAccessReview"));
    types.push_back(review(kAuthz, "selfsubjectrulesreviews", "selfsubjectrulesreview",
                           "SelfSubjectRulesReview", "authorization.v1.SelfSubjectRulesReview"));
    types.push_back(review(kAuthz, "subjectaccessreviews", "subjectaccessreview",
                           "SubjectAccessReview", "authorization.v1.SubjectAccessReview"));
    return types;
}

}  // namespace

std::string ResourceType::group_version() const {
    return group.empty() ? std::string(version) : std::string(group) + "/" + std::string(version);
}

std::string ResourceType::qualified() const {
    return group.empty() ? std::string(plural) : std::string(plural) + "." + std::string(group);
}

std::string ResourceType::qualified_kind() const {
    return group.empty() ? std::string(kind) : std::string(kind) + "." + std::string(group);
}

std::string ResourceType::list_kind() const {
    return std::string(kind) + "List";
}

bool ResourceType::allows(std::string_view verb) const {
    return std::ranges::find(verbs, verb) != verbs.end();
}

const Subresource* ResourceType::subresource(std::string_view name) const {
    const auto found = std::ranges::find(subresources, name, &Subresource::name);
    return found == subresources.end() ? nullptr : &*found;
}

std::span<const ResourceType> registry() {
    static const auto kTypes = make_registry();
    return kTypes;
}

const ResourceType* find_resource(std::string_view group, std::string_view version,
                                  std::string_view plural) {
    for (const auto& type : registry()) {
        if (type.group == group && type.version == version && type.plural == plural) return &type;
    }
    return nullptr;
}

const ResourceType* find_kind(std::string_view api_version, std::string_view kind) {
    const auto [group, version] = split_api_version(api_version);
    for (const auto& type : registry()) {
        if (type.group == group && type.version == version && type.kind == kind) return &type;
    }
    return nullptr;
}

bool is_known_group(std::string_view group) {
    return std::ranges::find(registry(), group, &ResourceType::group) != registry().end();
}

std::pair<std::string_view, std::string_view> split_api_version(std::string_view api_version) {
    const auto slash = api_version.find('/');
    if (slash == std::string_view::npos) return {{}, api_version};
    return {api_version.substr(0, slash), api_version.substr(slash + 1)};
}

}  // namespace dsm::cluster
