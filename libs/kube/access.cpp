// Finds the configuration of the cluster: which file, or the Pod we run in.
#include "libs/kube/access.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "libs/kube/kubeconfig.hpp"

namespace dsm::kube {
namespace {

namespace fs = std::filesystem;

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

bool is_there(const std::string& path) {
    std::error_code error;
    return fs::exists(path, error);
}

/// The files of KUBECONFIG that exist, or ~/.kube/config.
std::vector<std::string> default_files(const Surroundings& surroundings) {
    std::vector<std::string> files;
    std::string_view list = surroundings.kubeconfig_variable;
    if (list.empty()) {
        if (surroundings.home.empty()) return files;
        const std::string usual = surroundings.home + "/.kube/config";
        if (is_there(usual)) files.push_back(usual);
        return files;
    }
    while (!list.empty()) {
        const auto end = std::min(list.find(':'), list.size());
        const std::string file(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
        const bool seen = std::ranges::find(files, file) != files.end();
        if (!file.empty() && !seen && is_there(file)) files.push_back(file);
    }
    return files;
}

std::string trimmed(std::string text) {
    while (!text.empty() && std::string_view(" \t\r\n").contains(text.back())) text.pop_back();
    return text;
}

Result<Access> in_cluster(const Surroundings& surroundings) {
    const std::string& folder = surroundings.service_account;
    Access access;
    const bool is_ipv6 = surroundings.service_host.contains(':');
    access.server = fmt::format(fmt::runtime(is_ipv6 ? "https://[{}]:{}" : "https://{}:{}"),
                                surroundings.service_host, surroundings.service_port);
    access.token_file = folder + "/token";
    auto token = read_whole_file(access.token_file);
    if (!token) return std::unexpected(token.error());
    auto ca = read_whole_file(folder + "/ca.crt");
    if (!ca) return std::unexpected(ca.error());
    access.token = trimmed(std::move(*token));
    access.tls.ca_pem = std::move(*ca);
    access.name_space = surroundings.pod_namespace;
    if (access.name_space.empty()) {
        auto name_space = read_whole_file(folder + "/namespace");
        if (name_space) access.name_space = trimmed(std::move(*name_space));
    }
    if (access.name_space.empty()) access.name_space = "default";
    access.source = "in-cluster";
    access.read_again = [surroundings] { return in_cluster(surroundings); };
    return access;
}

}  // namespace

Surroundings Surroundings::of_this_process() {
    Surroundings surroundings;
    surroundings.kubeconfig_variable = variable("KUBECONFIG");
    surroundings.home = variable("HOME");
    surroundings.service_host = variable("KUBERNETES_SERVICE_HOST");
    surroundings.service_port = variable("KUBERNETES_SERVICE_PORT");
    surroundings.pod_namespace = variable("POD_NAMESPACE");
    return surroundings;
}

Result<Access> load_access(const AccessSettings& settings, const Surroundings& surroundings) {
    if (!settings.kubeconfig.empty()) {
        return access_from_kubeconfig({settings.kubeconfig}, settings.context, settings.insecure);
    }
    const auto files = default_files(surroundings);
    if (!files.empty()) return access_from_kubeconfig(files, settings.context, settings.insecure);
    if (!surroundings.service_host.empty() && !surroundings.service_port.empty()) {
        return in_cluster(surroundings);
    }
    return fail(ErrorCode::kNotFound,
                surroundings.kubeconfig_variable.empty()
                    ? "no Kubernetes configuration: there is no ~/.kube/config, KUBECONFIG is not "
                      "set, and this is no Pod"
                    : fmt::format("no Kubernetes configuration: none of the files of KUBECONFIG "
                                  "({}) exists",
                                  surroundings.kubeconfig_variable));
}

}  // namespace dsm::kube
