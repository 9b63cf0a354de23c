// The CronJobs of one namespace behind a Kubernetes API, as far as the orchestrator asks it. What
// it does like a real one is held by the contract of tests/kube.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <set>
#include <string>

#include "libs/kube/access.hpp"
#include "tests/orchestrator/fake_server.hpp"

namespace dsm::orchestrator::testing {

class FakeCluster {
public:
    FakeCluster();

    kube::Access access() const;

    /// The stored object; nullopt if there is none.
    std::optional<boost::json::object> find(const std::string& name) const;
    std::size_t size() const;
    void put(boost::json::object object);
    void erase(const std::string& name);

    /// Changes the object's value at a JSON pointer's parent: `edit` gets the whole object.
    void edit(const std::string& name, const std::function<void(boost::json::value&)>& change);

    /// The one namespace that is there, "dsm" until told otherwise.
    void have_namespace(const std::string& name);

    /// Takes "create" and its like away: such calls get 403, and reviews say no.
    void deny(const std::string& verb);
    void grant_everything();

private:
    http::Response serve(const http::Request& request);
    http::Response list(const http::Request& request, bool here);
    http::Response review(const http::Request& request) const;
    http::Response create(const http::Request& request);
    http::Response remove(const std::string& name, const http::Request& request);

    std::map<std::string, boost::json::object> objects_;
    std::set<std::string> denied_;
    std::string name_space_ = "dsm";
    int next_uid_ = 1;
    int next_version_ = 7;

public:
    FakeServer server;  // ends before what it serves
};

/// A Status object, as an API server refuses with.
std::string status_body(int code, std::string_view reason, std::string_view message,
                        std::string_view name = "");

}  // namespace dsm::orchestrator::testing
