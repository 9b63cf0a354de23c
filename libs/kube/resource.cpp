// Paths of the Kubernetes API.
#include "libs/kube/resource.hpp"

#include "libs/http/client.hpp"

namespace dsm::kube {

std::string qualified_name(const Resource& resource) {
    std::string name(resource.plural);
    if (!resource.group.empty()) name.append(".").append(resource.group);
    return name;
}

std::string path_of(const Resource& resource, std::string_view name_space, std::string_view name) {
    std::string path = resource.group.empty() ? "/api" : "/apis/" + std::string(resource.group);
    path.append("/").append(resource.version);
    if (resource.namespaced && !name_space.empty()) {
        path.append("/namespaces/").append(http::escape(name_space));
    }
    path.append("/").append(resource.plural);
    if (!name.empty()) path.append("/").append(http::escape(name));
    return path;
}

}  // namespace dsm::kube
