// Makes each cluster, and ends it.
#include "tests/kube/clusters.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/json.hpp>
#include <cstdlib>
#include <functional>
#include <stdexcept>

#include "cluster/service.hpp"
#include "libs/http/client.hpp"
#include "libs/kube/client.hpp"
#include "libs/testing/await.hpp"
#include "tests/orchestrator/fake_cluster.hpp"

namespace dsm::kube::testing {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

class Fake final : public AnyCluster {
public:
    Access access() override { return cluster_.access(); }
    std::string name_space() override { return "dsm"; }
    void take_rights_away() override {
        cluster_.server.add(
            {.status = 403,
             .body = orchestrator::testing::status_body(403, "Forbidden", "you may not")});
    }

private:
    orchestrator::testing::FakeCluster cluster_;
};

class Embedded final : public AnyCluster {
public:
    Embedded() {
        const auto started = cluster_.start();
        if (!started) throw std::runtime_error(started.error().message);
        token_ = cluster_.token();
    }
    Access access() override {
        return {.server = cluster_.url(), .tls = {.ca_pem = cluster_.ca_pem()}, .token = token_};
    }
    std::string name_space() override { return "dsm"; }
    void take_rights_away() override { token_ = cluster_.token_of("visitor"); }

private:
    rt::SystemClock clock_;
    std::unique_ptr<rt::Random> random_ = rt::make_system_random();
    cluster::Cluster cluster_{{.users_without_rights = {"visitor"}}, clock_, *random_};
    std::string token_;
};

/// The cluster of DSM_TEST_KUBECONFIG, as its administrator, in a namespace that goes at the end.
class Real final : public AnyCluster {
public:
    Real() {
        auto access = load_access({.kubeconfig = std::getenv("DSM_TEST_KUBECONFIG")}, {});
        if (!access) throw std::runtime_error(access.error().message);
        access_ = *access;
        admin_ = *access;
        const json::object named{{"metadata", {{"name", name_space_}}}};
        call("POST", "/api/v1/namespaces", named);
    }
    ~Real() override {
        try {
            call("DELETE", "/api/v1/namespaces/" + name_space_, {});
        } catch (const std::exception&) {
            return;  // what is left is one namespace of a test cluster
        }
    }
    Access access() override { return access_; }
    std::string name_space() override { return name_space_; }
    void take_rights_away() override {
        const std::string accounts = "/api/v1/namespaces/" + name_space_ + "/serviceaccounts";
        call("POST", accounts, {{"metadata", {{"name", "visitor"}}}});
        const json::value answer =
            call("POST", accounts + "/visitor/token",
                 {{"apiVersion", "authentication.k8s.io/v1"}, {"kind", "TokenRequest"}});
        access_ = {.server = admin_.server,
                   .tls = {.ca_pem = admin_.tls.ca_pem},
                   .token = std::string(answer.at("status").at("token").as_string())};
    }

private:
    json::value call(const std::string& method, const std::string& path, const json::object& body) {
        http::ClientRequest request{.method = method, .url = admin_.server + path, .body = {}};
        if (!body.empty()) request.body = json::serialize(body);
        request.headers.set("Content-Type", "application/json");
        request.headers.set("Authorization", "Bearer " + admin_.token);
        const auto answer = dsm::testing::await(send(std::move(request), admin_, clock_));
        if (!answer) throw std::runtime_error(answer.error().message);
        if (answer->status >= 300) throw std::runtime_error(answer->body);
        return json::parse(answer->body);
    }

    static asio::awaitable<Result<http::ClientResponse>> send(http::ClientRequest request,
                                                              Access access,
                                                              const rt::Clock& clock) {
        const auto executor = co_await asio::this_coro::executor;
        http::Client client(executor, {.tls = access.tls}, clock);
        auto answer = co_await client.send(std::move(request),
                                           rt::Deadline::after(clock, std::chrono::seconds(10)));
        client.close();
        co_return answer;
    }

    rt::SystemClock clock_;
    std::string name_space_ = "contract-" + rt::make_system_random()->hex(3);
    Access access_;
    Access admin_;
};

}  // namespace

std::vector<std::string> cluster_names() {
    std::vector<std::string> names{"fake", "embedded"};
    if (std::getenv("DSM_TEST_KUBECONFIG") != nullptr) names.emplace_back("real");
    return names;
}

std::unique_ptr<AnyCluster> make_cluster(const std::string& name) {
    if (name == "fake") return std::make_unique<Fake>();
    if (name == "embedded") return std::make_unique<Embedded>();
    return std::make_unique<Real>();
}

}  // namespace dsm::kube::testing
