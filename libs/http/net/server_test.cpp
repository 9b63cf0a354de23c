// What the server serves, over real sockets.
#include "libs/http/server.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "libs/http/errors.hpp"
#include "libs/http/router.hpp"
#include "libs/testing/peer.hpp"
#include "libs/testing/running_server.hpp"

namespace dsm::http {
namespace {

using testing::echo;
using testing::Peer;
using testing::RunningServer;
namespace asio = boost::asio;
namespace json = boost::json;

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string_view::npos;
         at = text.find(part, at + part.size())) {
        ++found;
    }
    return found;
}

TEST(Server, AnswersARequest) {
    const RunningServer server({.service = "echo"}, echo);

    const auto reply = server.wire().send("POST", "/a/b%20c?x=1", "hello");

    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.json(),
              json::parse(R"({"method":"POST","segments":["a","b c"],"body":"hello"})"));
    EXPECT_EQ(reply.headers.find("Content-Type"), "application/json");
    EXPECT_TRUE(reply.headers.find("Date"));
}

TEST(Server, AnAddressInUseIsSaid) {
    const RunningServer first({.service = "a"}, echo);

    try {
        const RunningServer second({.service = "b", .port = first.port()}, echo);
        FAIL() << "two servers on one port";
    } catch (const std::runtime_error& e) {
        EXPECT_EQ(e.what(), fmt::format("127.0.0.1:{} is in use", first.port()));
    }
}

TEST(Server, PipelinedRequestsAreAnsweredInOrder) {
    const RunningServer server({.service = "echo"}, echo);
    std::string bytes;
    for (int i = 0; i < 50; ++i) {
        bytes += fmt::format("GET /{} HTTP/1.1\r\nHost: a\r\n{}\r\n", i,
                             i == 49 ? "Connection: close\r\n" : "");
    }

    const std::string replies = server.wire().raw(bytes);

    EXPECT_EQ(count(replies, "HTTP/1.1 200 OK"), 50u);
    std::size_t at = 0;
    for (int i = 0; i < 50; ++i) {
        at = replies.find(fmt::format(R"("segments":["{}"])", i), at);
        ASSERT_NE(at, std::string::npos) << i;
    }
    EXPECT_EQ(count(replies, "Connection: close"), 1u);
}

TEST(Server, ALineEndTooManyBetweenRequestsIsForgiven) {
    const RunningServer server({.service = "echo"}, echo);

    const std::string replies = server.wire().raw(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi\r\n"
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

    EXPECT_EQ(count(replies, "HTTP/1.1 200 OK"), 2u) << replies;
}

TEST(Server, HeadIsGetWithoutItsBody) {
    const RunningServer server({.service = "echo"}, echo);

    const std::string reply =
        server.wire().raw("HEAD /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

    EXPECT_NE(reply.find("HTTP/1.1 200 OK"), std::string::npos);
    EXPECT_NE(reply.find("Content-Length: 43\r\n"), std::string::npos) << reply;
    EXPECT_TRUE(reply.ends_with("\r\n\r\n")) << reply;
}

TEST(Server, OldClientsAreServedAndClosedUnlessTheyAsk) {
    const RunningServer server({.service = "echo"}, echo);

    const std::string once = server.wire().raw("GET /x HTTP/1.0\r\n\r\n");
    const std::string twice = server.wire().raw(
        "GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /y HTTP/1.0\r\n\r\n");

    EXPECT_EQ(count(once, "Connection: close\r\n"), 1u) << once;
    EXPECT_EQ(count(twice, "HTTP/1.1 200 OK"), 2u) << twice;
    EXPECT_EQ(count(twice, "Connection: keep-alive\r\n"), 1u) << twice;
}

TEST(Server, AnAnnouncedBodyIsInvited) {
    const RunningServer server({.service = "echo", .body_limit = 10}, echo);
    Peer peer(server.port());

    peer.send(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
        "Expect: 100-continue\r\nConnection: close\r\n\r\n");
    const std::string invitation = peer.read_until("\r\n\r\n");
    peer.send("hello");
    const std::string reply = peer.read_until("}");
    const std::string refusal = server.wire().raw(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\nExpect: 100-continue\r\n\r\n");

    EXPECT_EQ(invitation, "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_NE(reply.find("\"body\":\"hello\""), std::string::npos) << reply;
    EXPECT_TRUE(refusal.starts_with("HTTP/1.1 413 ")) << refusal;
}

TEST(Server, ChunkedBodiesAreRead) {
    const RunningServer server({.service = "echo"}, echo);

    const std::string reply = server.wire().raw(
        "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
        "Connection: close\r\n\r\n3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: x\r\n\r\n");

    EXPECT_NE(reply.find("\"body\":\"hello\""), std::string::npos) << reply;
}

TEST(Server, AHandlersExceptionIsA500ThatSaysNothing) {
    const Handler broken = [](Request) -> asio::awaitable<Response> {
        throw std::runtime_error("secret of the database");
        co_return Response();
    };
    const RunningServer server({.service = "broken"}, broken);

    const auto reply = server.wire().get("/");

    EXPECT_EQ(reply.status, 500);
    EXPECT_EQ(reply.body, R"({"detail":"Internal Server Error"})");
}

TEST(Server, TraceIdsAreTakenOrMadeAndReturned) {
    const Handler tell = [](Request request) -> asio::awaitable<Response> {
        co_return Response::text(200,
                                 request.trace.correlation_id + " " + request.trace.traceparent);
    };
    const RunningServer server({.service = "trace"}, tell);
    Headers sent;
    sent.add("x-correlation-id", "req-7");
    sent.add("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    Headers forged;
    forged.add("X-Correlation-ID", "a b");
    forged.add("traceparent", "00-nonsense-01");

    const auto taken = server.wire().send("GET", "/", "", sent);
    const auto made = server.wire().send("GET", "/", "", forged);

    EXPECT_EQ(taken.headers.find("X-Correlation-ID"), "req-7");
    EXPECT_TRUE(
        taken.headers.find("traceparent")->starts_with("00-0af7651916cd43dd8448eb211c80319c-"));
    EXPECT_EQ(taken.body, "req-7 " + std::string(*taken.headers.find("traceparent")));
    EXPECT_EQ(made.headers.find("X-Correlation-ID")->size(), 36u);
    EXPECT_TRUE(telemetry::is_valid_traceparent(*made.headers.find("traceparent")));
}

TEST(Server, AHandlersHeaderCannotEndItsLine) {
    const Handler inject = [](Request) -> asio::awaitable<Response> {
        Response response = Response::text(200, "ok");
        response.headers.add("X-Bad", "a\r\nX-Injected: b");
        response.headers.add("X-Good", "c");
        co_return response;
    };
    const RunningServer server({.service = "inject"}, inject);

    const auto reply = server.wire().get("/");

    EXPECT_FALSE(reply.headers.find("X-Injected"));
    EXPECT_FALSE(reply.headers.find("X-Bad"));
    EXPECT_EQ(reply.headers.find("X-Good"), "c");
}

TEST(Server, MetricsNameTheRouteAndNotThePath) {
    Router router;
    router.add("GET", "/projects/{project_id}",
               [](Request) -> asio::awaitable<Response> { co_return Response::text(200, "ok"); });
    const RunningServer server({.service = "routed"}, [&router](Request request) {
        return router.route(std::move(request));
    });

    server.wire().get("/projects/P1");
    server.wire().get("/projects/P2");
    server.wire().get("/secret-path");
    server.wire().raw("BREW / HTTP/1.1\r\n\r\n");

    const std::string text = server.metrics().text();
    EXPECT_NE(text.find("dsm_http_requests_total{method=\"GET\",route=\"/projects/{project_id}\","
                        "status=\"200\"} 2"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("route=\"none\",status=\"404\"} 1"), std::string::npos) << text;
    EXPECT_NE(text.find("method=\"other\",route=\"refused\",status=\"400\"} 1"), std::string::npos)
        << text;
    EXPECT_EQ(text.find("secret-path"), std::string::npos);
}

TEST(Server, ConnectionsOverTheCapAreTurnedAway) {
    const RunningServer server({.service = "small", .connection_limit = 2}, echo);
    Peer first(server.port());
    Peer second(server.port());
    first.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
    first.read_until("}");
    second.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    second.read_until("}");

    const auto refused = server.wire().get("/3");
    first.send("GET /4 HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string served = first.read_until("}");

    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.body, R"({"detail":"Service Unavailable"})");
    EXPECT_NE(served.find("\"4\""), std::string::npos) << served;
}

TEST(Server, ServesManyClientsAtOnce) {
    const RunningServer server({.service = "echo"}, echo);
    std::atomic<int> right = 0;
    std::vector<std::thread> clients;
    for (int client = 0; client < 32; ++client) {
        clients.emplace_back([&, client] {
            for (int i = 0; i < 20; ++i) {
                const std::string body = fmt::format("{}-{}", client, i);
                const auto reply = server.wire().send("POST", "/x", body);
                if (reply.status == 200 && reply.json().at("body") == json::value(body)) ++right;
            }
        });
    }

    for (std::thread& client : clients) client.join();

    EXPECT_EQ(right, 32 * 20);
}

TEST(Server, OutlivesClientsThatLeaveAnywhere) {
    const RunningServer server({.service = "echo"}, echo);
    const std::string request =
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello";

    for (std::size_t size = 0; size <= request.size(); ++size) {
        Peer peer(server.port());
        peer.send(request.substr(0, size));
        peer.leave();
    }

    EXPECT_EQ(server.wire().get("/still").status, 200);
}

}  // namespace
}  // namespace dsm::http
