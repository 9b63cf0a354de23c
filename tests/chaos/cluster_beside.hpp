// A cluster that outlives the system under test: another `dsm up`, of which only the Kubernetes API
// is used, and a log of every version of every CronJob in it.
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libs/kube/access.hpp"
#include "libs/testing/process.hpp"
#include "tests/chaos/history.hpp"

namespace dsm::chaos {

/// A CronJob as the Kubernetes API shows it.
ObjectVersion version_of(const std::string& change, const boost::json::value& object);

/// Throws std::runtime_error where it cannot do its part, which fails the test.
class ClusterBeside {
public:
    /// `binary` is the dsm that serves it. Returns when it answers.
    explicit ClusterBeside(std::string binary);

    std::string kubeconfig() const { return data_ + "/kubeconfig"; }
    const std::string& token() const { return access_.token; }

    void create_namespace(const std::string& name) const;
    /// A CronJob that is nobody's business.
    void create_foreign_cronjob(const std::string& name_space, const std::string& name) const;
    /// The uids of what was deleted: every CronJob with our label whose decision `may` be lost.
    std::vector<std::string> delete_our_cronjobs(
        const std::string& name_space,
        const std::function<bool(const std::string& decision)>& may) const;

    /// Every version in this namespace so far, oldest first.
    std::vector<ObjectVersion> versions(const std::string& name_space) const;
    /// The same as the API showed them, whole, a line each.
    std::string shown(const std::string& name_space) const;

private:
    std::vector<boost::json::value> watched(const std::string& name_space) const;
    boost::json::value call(const std::string& method, const std::string& path,
                            const std::string& body) const;

    testing::TemporaryFolder folder_;
    std::string data_ = folder_.file("data");
    std::unique_ptr<testing::BackgroundProcess> process_;
    kube::Access access_;
    testing::TemporaryFolder watch_folder_;
    std::unique_ptr<testing::BackgroundProcess> watch_;
};

}  // namespace dsm::chaos
