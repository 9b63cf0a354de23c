// Trust and credentials over TLS: an unknown CA, a wrong name, tokens that change, client
// certificates.
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/this_coro.hpp>
#include <boost/json.hpp>
#include <fstream>
#include <mutex>

#include "libs/kube/client.hpp"
#include "libs/testing/await.hpp"
#include "libs/testing/fake_server.hpp"
#include "libs/testing/process.hpp"

namespace dsm::kube {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using http::Request;
using http::Response;
using testing::FakeServer;
using testing::read_file;
using namespace std::chrono_literals;

/// A CA, and certificates that it signed, made by openssl.
class KubeTls : public ::testing::Test {
protected:
    void SetUp() override {
        run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
            "-subj /CN=test-ca -keyout ca.key -out ca.crt");
        sign("server", "subjectAltName=DNS:kubernetes,IP:127.0.0.1");
        sign("client", "extendedKeyUsage=clientAuth");
    }

    void sign(const std::string& name, const std::string& extension) {
        std::ofstream(folder_.file(name + ".ext")) << extension << "\n";
        run("req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=" + name +
            " -keyout " + name + ".key -out " + name + ".csr");
        run("x509 -req -in " + name + ".csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 " +
            "-extfile " + name + ".ext -out " + name + ".crt");
    }

    void run(const std::string& arguments) {
        const auto done =
            testing::run_process({"sh", "-c", "cd " + folder_.path() + " && openssl " + arguments});
        ASSERT_EQ(done.exit_code, 0) << done.err;
    }

    std::string pem(const std::string& name) const { return read_file(folder_.file(name)); }

    http::TlsIdentity server_identity() const { return {pem("server.crt"), pem("server.key")}; }

    /// Two calls by one client, `between` in between.
    static std::vector<GetOutcome> get(const Access& access, int calls = 1) {
        const rt::SystemClock clock;
        return testing::await(
            [](Access a, int n, const rt::Clock& c) -> asio::awaitable<std::vector<GetOutcome>> {
                const auto executor = co_await asio::this_coro::executor;
                Client client(executor, a, {}, c);
                std::vector<GetOutcome> outcomes;
                for (int i = 0; i < n; ++i) {
                    outcomes.push_back(
                        co_await client.get(kCronJobs, "dsm", "run-a", rt::Deadline::after(c, 3s)));
                }
                client.close();
                co_return outcomes;
            }(access, calls, clock));
    }

    static Response present() {
        return Response::json(200, {{"kind", "CronJob"},
                                    {"apiVersion", "batch/v1"},
                                    {"metadata", {{"name", "run-a"}, {"namespace", "dsm"}}}});
    }

    testing::TemporaryFolder folder_;
};

TEST_F(KubeTls, BelievesOnlyAServerThatItsCaVouchesForUnderItsName) {
    const FakeServer server([](const Request&) { return present(); }, server_identity());
    Access access{.server = server.url()};
    const auto stranger = get(access).at(0);
    access.tls.ca_pem = pem("ca.crt");
    const auto trusted = get(access).at(0);
    access.tls.server_name = "kubernetes";
    const auto by_name = get(access).at(0);
    access.tls.server_name = "elsewhere";
    const auto wrong_name = get(access).at(0);
    access.tls.insecure_skip_verify = true;
    const auto unchecked = get(access).at(0);

    EXPECT_TRUE(std::holds_alternative<Unknown>(stranger));
    EXPECT_TRUE(std::holds_alternative<Present>(trusted));
    EXPECT_TRUE(std::holds_alternative<Present>(by_name));
    ASSERT_TRUE(std::holds_alternative<Unknown>(wrong_name));
    EXPECT_FALSE(std::get<Unknown>(wrong_name).why.empty());
    EXPECT_TRUE(std::holds_alternative<Present>(unchecked));
}

TEST_F(KubeTls, SendsItsTokenAndReadsItAgainAfterA401) {
    const std::string file = folder_.file("token");
    std::ofstream(file) << "old\n";
    std::mutex mutex;
    std::vector<std::string> tokens;
    const FakeServer server(
        [&](const Request& request) {
            std::lock_guard lock(mutex);
            tokens.emplace_back(request.headers.find("Authorization").value_or("none"));
            std::ofstream(file) << "new\n";
            return tokens.back() == "Bearer new" ? present() : Response::text(401, "Unauthorized");
        },
        server_identity());

    const auto outcome =
        get({.server = server.url(), .tls = {.ca_pem = pem("ca.crt")}, .token_file = file}).at(0);

    EXPECT_EQ(tokens, (std::vector<std::string>{"Bearer old", "Bearer new"}));
    EXPECT_TRUE(std::holds_alternative<Present>(outcome));
}

TEST_F(KubeTls, AsksOnceOnlyWithATokenThatIsRefusedAndStaysTheSame) {
    const std::string file = folder_.file("token");
    std::ofstream(file) << "old-token\n";
    std::atomic<int> asked = 0;
    const FakeServer server(
        [&](const Request&) {
            ++asked;
            return Response::text(401, "Unauthorized");
        },
        server_identity());

    const auto outcome =
        get({.server = server.url(), .tls = {.ca_pem = pem("ca.crt")}, .token_file = file}).at(0);

    EXPECT_EQ(asked, 1);
    ASSERT_TRUE(std::holds_alternative<Unknown>(outcome));
    EXPECT_FALSE(std::get<Unknown>(outcome).why.contains("old-token"));
}

TEST_F(KubeTls, ShowsItsClientCertificateToAServerThatDemandsOne) {
    const std::string body = json::serialize(json::parse(present().body));
    const std::string path = folder_.file("apis/batch/v1/namespaces/dsm/cronjobs");
    ASSERT_EQ(testing::run_process({"mkdir", "-p", path}).exit_code, 0);
    std::ofstream(path + "/run-a")
        << "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " << body.size() << "\r\n\r\n"
        << body;
    const testing::TemporaryFolder logs;
    const testing::BackgroundProcess server(
        {"sh", "-c",
         "cd " + folder_.path() +
             " && exec openssl s_server -accept 127.0.0.1:0 -cert server.crt -key server.key "
             "-CAfile ca.crt -Verify 1 -verify_return_error -HTTP"},
        {}, logs.path());
    std::string port;
    ASSERT_TRUE(testing::eventually([&] {
        const std::string said = server.out() + server.err();
        const auto place = said.find("ACCEPT 127.0.0.1:");
        if (place == std::string::npos) return false;
        port =
            said.substr(place + 17, said.find_first_not_of("0123456789", place + 17) - place - 17);
        return !port.empty();
    })) << server.out()
        << server.err();
    Access access{.server = "https://127.0.0.1:" + port, .tls = {.ca_pem = pem("ca.crt")}};

    EXPECT_TRUE(std::holds_alternative<Unknown>(get(access).at(0)));
    access.tls.client_certificate_pem = pem("client.crt");
    access.tls.client_key_pem = pem("client.key");
    EXPECT_TRUE(std::holds_alternative<Present>(get(access).at(0)));
}

}  // namespace
}  // namespace dsm::kube
