// What the server refuses, byte for byte over a socket.
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>

#include "libs/http/errors.hpp"
#include "libs/rt/task_scope.hpp"
#include "libs/testing/peer.hpp"
#include "libs/testing/running_server.hpp"

namespace dsm::http {
namespace {

using testing::echo;
using testing::RunningServer;
using namespace std::chrono_literals;

ServerSettings small_settings() {
    return {.service = "echo",
            .header_limit = 1024,
            .body_limit = 1024,
            .allowed_hosts = {"scrum.example"}};
}

/// Status of the first answer in `text`; 0 for none.
int first_status(std::string_view text) {
    if (!text.starts_with("HTTP/1.1 ") || text.size() < 12) return 0;
    return std::stoi(std::string(text.substr(9, 3)));
}

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string_view::npos;
         at = text.find(part, at + part.size())) {
        ++found;
    }
    return found;
}

struct Row {
    std::string what;
    std::string bytes;
    int status;
};

/// A refused request is answered once, with the contract's body, and its connection is closed: the
/// well-formed request behind it is not served.
void expect_refused(const RunningServer& server, const Row& row) {
    const std::string next = "GET /next HTTP/1.1\r\nHost: localhost\r\n\r\n";

    const std::string reply = server.wire().raw(row.bytes + next);

    EXPECT_EQ(first_status(reply), row.status) << row.what << "\n" << reply;
    EXPECT_EQ(count(reply, "HTTP/1.1 "), 1u) << row.what << "\n" << reply;
    EXPECT_NE(reply.find("Connection: close\r\n"), std::string::npos) << row.what;
    EXPECT_TRUE(
        reply.ends_with(fmt::format("\r\n\r\n{{\"detail\":\"{}\"}}", reason_phrase(row.status))))
        << row.what << "\n"
        << reply;
}

TEST(ServerLimits, MalformedRequestsAreRefusedAndTheConnectionCloses) {
    const RunningServer server(small_settings(), echo);
    const std::string post = "POST / HTTP/1.1\r\nHost: localhost\r\n";
    const std::vector<Row> rows{
        {"nonsense", "hello\r\n\r\n", 400},
        {"a TLS greeting", "\x16\x03\x01\x02", 400},
        {"bare line feeds", "GET / HTTP/1.1\nHost: a\n\n", 400},
        {"white space before a colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
        {"obsolete folding", "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n", 400},
        {"a NUL in a field", std::string("GET / HTTP/1.1\r\nHost: a\r\nA: \0\r\n\r\n", 34), 400},
        {"a NUL in the target", std::string("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 28), 400},
        {"a bad escape", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"a path that is no UTF-8", "GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
        {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
        {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
        {"CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"the asterisk for GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"two lengths", post + "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400},
        {"a length beside chunked",
         post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"an unknown coding", post + "Transfer-Encoding: gzip\r\n\r\n", 400},
        {"a negative length", post + "Content-Length: -1\r\n\r\n", 400},
        {"a chunk size that overflows",
         post + "Transfer-Encoding: chunked\r\n\r\n11111111111111111\r\n", 400},
        {"a chunk without an end", post + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 400},
        {"endless chunk extensions",
         post + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(5000, 'x'), 400},
        {"HTTP/1.0 with a body of unknown length", "POST / HTTP/1.0\r\nHost: localhost\r\n\r\n",
         411},
        {"another expectation", post + "Content-Length: 1\r\nExpect: magic\r\n\r\nx", 417},
    };

    for (const Row& row : rows) expect_refused(server, row);
}

TEST(ServerLimits, SizesAreBounded) {
    const RunningServer server(small_settings(), echo);
    const std::string post = "POST / HTTP/1.1\r\nHost: localhost\r\n";
    const std::string kilobyte(1024, 'x');
    const std::vector<Row> rows{
        {"a long target", "GET /" + kilobyte + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
        {"an endless target", "GET /" + kilobyte + kilobyte + kilobyte, 414},
        {"a long field", "GET / HTTP/1.1\r\nHost: a\r\nA: " + kilobyte + "\r\n\r\n", 431},
        {"an endless field", "GET / HTTP/1.1\r\nHost: a\r\nA: " + kilobyte + kilobyte, 431},
        {"a long body", post + "Content-Length: 1025\r\n\r\n" + kilobyte + "x", 413},
        {"a huge announced body", post + "Content-Length: 99999999999999999999\r\n\r\n", 413},
        {"a long chunk", post + "Transfer-Encoding: chunked\r\n\r\n401\r\n" + kilobyte, 413},
        {"many chunks",
         post + "Transfer-Encoding: chunked\r\n\r\n400\r\n" + kilobyte + "\r\n1\r\nx\r\n", 413},
    };

    for (const Row& row : rows) expect_refused(server, row);
}

TEST(ServerLimits, ABodyOfExactlyTheLimitIsTaken) {
    const RunningServer server(small_settings(), echo);

    EXPECT_EQ(server.wire().send("POST", "/", std::string(1024, 'x')).status, 200);
    EXPECT_EQ(server.wire().send("POST", "/", std::string(1025, 'x')).status, 413);
}

TEST(ServerLimits, AClientThatIsStillSendingReadsItsRefusal) {
    const RunningServer server({.service = "echo"}, echo);

    const auto reply = server.wire().send("POST", "/", std::string(8 * 1024 * 1024, 'x'));

    EXPECT_EQ(reply.status, 413);
}

TEST(ServerLimits, SlowSendersAreGivenUp) {
    const RunningServer server(
        {.service = "echo", .head_timeout = 100ms, .body_timeout = 100ms, .idle_timeout = 200ms},
        echo);

    const std::string slow_head = server.wire().raw("GET / HTTP/1.1\r\nHost: a\r\n");
    const std::string slow_body =
        server.wire().raw("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhel");
    const std::string slow_chunk = server.wire().raw(
        "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel");
    const std::string idle = server.wire().raw("");

    EXPECT_EQ(first_status(slow_head), 408) << slow_head;
    EXPECT_EQ(first_status(slow_body), 408) << slow_body;
    EXPECT_EQ(first_status(slow_chunk), 408) << slow_chunk;
    EXPECT_EQ(idle, "");
}

TEST(ServerLimits, OnlyTrustedCallersChangeState) {
    const RunningServer server(small_settings(), echo);
    const auto status = [&](std::string_view method, std::string_view fields) {
        const std::string bytes = fmt::format(
            "{} / HTTP/1.1\r\n{}Content-Length: 0\r\nConnection: close\r\n\r\n", method, fields);
        return first_status(server.wire().raw(bytes));
    };

    EXPECT_EQ(status("POST", "Host: localhost\r\n"), 200);
    EXPECT_EQ(status("DELETE", "Host: scrum.example\r\n"), 200);
    EXPECT_EQ(status("POST", "Host: evil.example\r\n"), 403);
    EXPECT_EQ(status("PATCH", "Host: localhost\r\nOrigin: http://evil.example\r\n"), 403);
    EXPECT_EQ(status("DELETE", "Host: localhost\r\nOrigin: null\r\n"), 403);
    EXPECT_EQ(status("GET", "Host: evil.example\r\nOrigin: http://evil.example\r\n"), 200);
    const std::string url = server.wire().raw(
        "POST http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(first_status(url), 403);
}

TEST(ServerLimits, AServerForOtherCallersMayLeaveThatCheckOut) {
    ServerSettings settings = small_settings();
    settings.check_origin = false;
    const RunningServer server(settings, echo);

    Headers headers;
    headers.add("Host", "kubernetes.example");
    headers.add("Origin", "http://evil.example");

    EXPECT_EQ(server.wire().send("POST", "/", "", headers).status, 200);
}

/// Requests to /slow wait until /health is asked; the rest is answered at once.
struct Slow {
    boost::asio::awaitable<Response> answer(Request request) {
        if (request.segments.front() == "health" && waiting) waiting->cancel();
        if (request.segments.front() == "slow") {
            waiting.emplace(co_await boost::asio::this_coro::executor, rt::Steady::max());
            begun.set_value();
            co_await waiting->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        }
        co_return Response::json(200, boost::json::object{});
    }

    std::optional<boost::asio::steady_timer> waiting;
    std::promise<void> begun;
};

TEST(ServerLimits, RequestsOverTheLimitAreTurnedAwayUntilThereIsRoomAgain) {
    Slow slow;
    const RunningServer server({.service = "slow", .request_limit = 1},
                               [&](Request request) { return slow.answer(std::move(request)); });
    auto first = std::async(std::launch::async, [&] { return server.wire().get("/slow").status; });
    slow.begun.get_future().get();

    const auto over = server.wire().get("/projects");
    EXPECT_EQ(over.status, 503);
    EXPECT_EQ(over.headers.find("Retry-After"), "1");
    EXPECT_EQ(server.wire().get("/metrics").status, 200);
    EXPECT_EQ(server.wire().get("/health/ready").status, 200);
    EXPECT_EQ(first.get(), 200);
    EXPECT_EQ(server.wire().get("/projects").status, 200);
}

TEST(ServerLimits, OneOverTheLimitIsTurnedAwayBeforeItsBodyComes) {
    Slow slow;
    const RunningServer server({.service = "slow", .request_limit = 1},
                               [&](Request request) { return slow.answer(std::move(request)); });
    auto first = std::async(std::launch::async, [&] { return server.wire().get("/slow").status; });
    slow.begun.get_future().get();

    for (const char* framing : {"Content-Length: 1000", "Transfer-Encoding: chunked"}) {
        testing::Peer peer(server.port());
        peer.send(fmt::format("POST /projects HTTP/1.1\r\nHost: localhost\r\n{}\r\n\r\n", framing));
        const std::string answer = peer.read_until("in progress");
        EXPECT_EQ(first_status(answer), 503) << framing;
        EXPECT_TRUE(answer.contains("Retry-After: 1\r\n")) << answer;
        EXPECT_TRUE(answer.contains("Connection: close\r\n")) << answer;
    }
    EXPECT_EQ(server.wire().get("/health").status, 200);
    EXPECT_EQ(first.get(), 200);
}

TEST(ServerLimits, AFloodIsTurnedAwayAndTheNextRequestIsServed) {
    std::atomic<int> turned_away = 0;
    // Those that are served wait until another was turned away.
    const auto work = [&turned_away](Request) -> boost::asio::awaitable<Response> {
        while (turned_away == 0) co_await rt::sleep_for(1ms);
        co_return Response::json(200, boost::json::object{});
    };
    const RunningServer server({.service = "busy", .request_limit = 4}, work);
    std::vector<std::future<std::vector<int>>> callers;
    for (int i = 0; i < 32; ++i) {
        callers.push_back(std::async(std::launch::async, [&] {
            std::vector<int> statuses;
            for (int call = 0; call < 5; ++call) {
                statuses.push_back(server.wire().get("/x").status);
                if (statuses.back() == 503) ++turned_away;
            }
            return statuses;
        }));
    }
    int served = 0;
    for (auto& caller : callers) {
        for (const int status : caller.get()) {
            EXPECT_TRUE(status == 200 || status == 503) << status;
            if (status == 200) ++served;
        }
    }

    EXPECT_GT(served, 0);
    EXPECT_GT(turned_away, 0);
    EXPECT_EQ(server.wire().get("/x").status, 200) << "the load is over, and so is its effect";
}

}  // namespace
}  // namespace dsm::http
