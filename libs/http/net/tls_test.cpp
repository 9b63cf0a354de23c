#include "libs/http/net/tls.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <future>

#include "libs/rt/task_scope.hpp"
#include "libs/testing/running_server.hpp"

namespace dsm::http {
namespace {

using testing::echo;
using testing::RunningServer;
namespace asio = boost::asio;
using namespace std::chrono_literals;

std::string pem_of(const std::function<void(BIO*)>& write) {
    BIO* bio = BIO_new(BIO_s_mem());
    write(bio);
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return text;
}

/// A certificate of its own authority for `name` ("DNS:localhost", "IP:127.0.0.1").
TlsIdentity self_signed(const std::string& name) {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86'400);
    X509_set_pubkey(certificate, key);
    X509_NAME* subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    X509_EXTENSION* names =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, name.c_str());
    X509_add_ext(certificate, names, -1);
    X509_sign(certificate, key, EVP_sha256());
    TlsIdentity identity{
        .certificate_pem = pem_of([&](BIO* bio) { PEM_write_bio_X509(bio, certificate); }),
        .key_pem = pem_of([&](BIO* bio) {
            PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
        })};
    X509_EXTENSION_free(names);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return identity;
}

Result<ClientResponse> call(std::uint16_t port, TlsTrust trust, std::string host = "127.0.0.1",
                            std::string body = "", std::chrono::milliseconds budget = 5s) {
    const rt::SystemClock clock;
    asio::io_context loop(1);
    Client client(loop.get_executor(), {.tls = std::move(trust)}, clock);
    Result<ClientResponse> response;
    const auto calls = [&]() -> asio::awaitable<void> {
        const std::string url = fmt::format("https://{}:{}/x", host, port);
        response = co_await client.send({.method = "POST", .url = url, .body = body},
                                        rt::Deadline::after(clock, budget));
        if (!response) co_return;
        // Again, on the kept connection.
        response = co_await client.send({.method = "POST", .url = url, .body = body},
                                        rt::Deadline::after(clock, budget));
    };
    asio::co_spawn(loop, calls, [](std::exception_ptr e) { EXPECT_FALSE(e); });
    loop.run_for(20s);
    return response;
}

TEST(Tls, ServesWhoTrustsTheCertificate) {
    const TlsIdentity identity = self_signed("IP:127.0.0.1");
    const RunningServer server({.service = "echo", .tls = identity}, echo);
    const std::string body(300'000, 'x');

    const auto response =
        call(server.port(), {.ca_pem = identity.certificate_pem}, "127.0.0.1", body);

    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 200);
    EXPECT_NE(response->body.find(body), std::string::npos);
}

TEST(Tls, AServerThatCannotBeCheckedIsNotCalled) {
    const TlsIdentity identity = self_signed("DNS:cluster.example");
    const RunningServer server({.service = "echo", .tls = identity}, echo);
    const std::string ca = identity.certificate_pem;

    EXPECT_EQ(call(server.port(), {}).error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(call(server.port(), {.ca_pem = ca}).error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(call(server.port(), {.ca_pem = ca}, "localhost").error().code,
              ErrorCode::kUnavailable);
    EXPECT_TRUE(call(server.port(), {.ca_pem = ca, .server_name = "cluster.example"}));
    EXPECT_TRUE(call(server.port(), {.insecure_skip_verify = true}));
}

TEST(Tls, UnreadablePartsAreNamed) {
    const auto server = make_server_context({.certificate_pem = "none", .key_pem = "none"});
    const auto client = make_client_context({.ca_pem = "none"});

    EXPECT_NE(server.error().message.find("certificate"), std::string::npos);
    EXPECT_NE(client.error().message.find("CA certificates"), std::string::npos);
    EXPECT_EQ(call(1, {.ca_pem = "none"}).error().code, ErrorCode::kUnavailable);
}

TEST(Tls, StreamsAnswersToTheirEnd) {
    const Handler stream = [](Request) -> asio::awaitable<Response> {
        Response response;
        response.stream = [](BodyWriter& writer) -> asio::awaitable<void> {
            for (int i = 0; i < 5; ++i) {
                co_await rt::sleep_for(5ms);
                co_await writer.write(std::string(40'000, static_cast<char>('a' + i)));
            }
        };
        co_return response;
    };
    const RunningServer server({.service = "watch", .tls = self_signed("IP:127.0.0.1")}, stream);

    const auto response = call(server.port(), {.insecure_skip_verify = true});

    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body.size(), 200'000u);
    EXPECT_EQ(response->body.back(), 'e');
}

TEST(Tls, AStreamIsToldWhenItsReaderLeaves) {
    std::promise<void> ended;
    const Handler endless = [&ended](Request) -> asio::awaitable<Response> {
        Response response;
        response.stream = [&ended](BodyWriter& writer) -> asio::awaitable<void> {
            co_await writer.write("one");
            const bool whole = co_await rt::sleep_for(1h);
            if (!whole) ended.set_value();
        };
        co_return response;
    };
    const RunningServer server({.service = "watch", .tls = self_signed("IP:127.0.0.1")}, endless);

    const auto response =
        call(server.port(), {.insecure_skip_verify = true}, "127.0.0.1", "", 1500ms);

    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::kUnknown) << response.error().message;
    EXPECT_EQ(ended.get_future().wait_for(60s), std::future_status::ready);
}

TEST(Tls, APlainRequestToATlsPortIsClosed) {
    const RunningServer server({.service = "echo", .tls = self_signed("IP:127.0.0.1")}, echo);

    EXPECT_EQ(server.wire().get("/").status, 0);
    EXPECT_TRUE(call(server.port(), {.insecure_skip_verify = true}));
}

}  // namespace
}  // namespace dsm::http
