// Who the cluster is and who its users are: certificates, tokens, the kubeconfig.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cluster/identity/certificates.hpp"
#include "libs/base/result.hpp"
#include "libs/rt/random.hpp"

namespace dsm::cluster {

struct User {
    std::string name;
    std::string uid;
    std::vector<std::string> groups;
    bool may_everything = false;  ///< a member of system:masters
};

struct Identity {
    Certificates certificates;
    std::string admin_token;
    std::map<std::string, User> users;  ///< by bearer token
};

/// Reads the identity of `data_dir`, or makes it and keeps it there (files 0600). An empty
/// `data_dir` makes one and keeps nothing. `powerless` users authenticate and may do nothing.
Result<Identity> open_identity(const std::string& data_dir, const std::string& address,
                               const std::vector<std::string>& powerless, rt::Random& random);

/// A kubeconfig of one cluster, one user and one context with a namespace.
std::string kubeconfig_text(const std::string& server, const std::string& ca_pem,
                            const std::string& token, const std::string& default_namespace);

/// Replaces `path` whole, readable by its owner only; makes the folder (0700) if absent.
Result<void> write_private_file(const std::string& path, const std::string& text);

}  // namespace dsm::cluster
