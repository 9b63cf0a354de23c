// Where the cluster is and how we prove who we are: from a kubeconfig, or from the Pod we run in.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "libs/base/result.hpp"
#include "libs/http/client.hpp"

namespace dsm::kube {

enum class InsecureTls { kRefuse, kAllow };

/// What is looked at, so that a test can hand in its own.
struct Surroundings {
    std::string kubeconfig_variable;  ///< KUBECONFIG: a list of files separated by `:`
    std::string home;                 ///< HOME
    std::string service_host;         ///< KUBERNETES_SERVICE_HOST
    std::string service_port;         ///< KUBERNETES_SERVICE_PORT
    std::string pod_namespace;        ///< POD_NAMESPACE
    std::string service_account = "/var/run/secrets/kubernetes.io/serviceaccount";

    static Surroundings of_this_process();
};

struct AccessSettings {
    std::string kubeconfig;  ///< `--kubeconfig`; wins over everything and must exist
    std::string context;     ///< empty: the file's current-context
    InsecureTls insecure = InsecureTls::kRefuse;
};

/// Everything a Client needs. Holds secrets: never logged.
struct Access {
    std::string server;  ///< "https://10.0.0.1:6443", may have a path, has no slash at its end
    http::TlsTrust tls;
    std::string token;       ///< used while `token_file` is empty or cannot be read
    std::string token_file;  ///< read again when older than 50 s, and after a 401
    std::string name_space = "default";
    std::string source;  ///< for people: "context dev of ~/.kube/config", "in-cluster"
    /// Reads the same context of the same files again; empty: there is nothing to read again.
    std::function<Result<Access>()> read_again;
};

/// In this order: `settings.kubeconfig`; the files of KUBECONFIG, merged (the first that sets a
/// value wins, missing files are skipped); ~/.kube/config; the Pod's service account.
///
/// kInvalid says what is wrong, in which file, and what to do. What we cannot honour (proxy-url,
/// exec, auth-provider, user name and password, impersonation) and insecure-skip-tls-verify without
/// InsecureTls::kAllow are refused, never ignored. kNotFound: none of the places has a
/// configuration. Reads files: call it at start. Source: kubernetes.md 4.1, 4.2 (client-go).
Result<Access> load_access(const AccessSettings& settings, const Surroundings& surroundings);

}  // namespace dsm::kube
