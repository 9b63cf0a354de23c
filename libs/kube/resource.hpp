// Names a kind of Kubernetes object on the API, and says where its objects lie.
#pragma once

#include <string>
#include <string_view>

namespace dsm::kube {

struct Resource {
    std::string_view group;  ///< empty: the core group
    std::string_view version;
    std::string_view plural;  ///< as in URLs: "cronjobs"
    std::string_view kind;
    bool namespaced = true;
};

inline constexpr Resource kCronJobs{"batch", "v1", "cronjobs", "CronJob"};
inline constexpr Resource kJobs{"batch", "v1", "jobs", "Job"};
inline constexpr Resource kEvents{"", "v1", "events", "Event"};
inline constexpr Resource kNamespaces{"", "v1", "namespaces", "Namespace", false};
inline constexpr Resource kSelfSubjectAccessReviews{
    "authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", false};

/// "cronjobs.batch"; "events" for the core group.
std::string qualified_name(const Resource& resource);

/// "/apis/batch/v1/namespaces/dsm/cronjobs", with "/{name}" unless `name` is empty. An empty
/// namespace is all of them. Escaped.
std::string path_of(const Resource& resource, std::string_view name_space,
                    std::string_view name = "");

}  // namespace dsm::kube
