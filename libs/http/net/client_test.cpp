// The client against servers that answer well, wrongly, late or not at all.
#include "libs/http/client.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "libs/rt/parallel.hpp"
#include "libs/rt/task_scope.hpp"
#include "libs/testing/await.hpp"
#include "libs/testing/running_server.hpp"
#include "libs/testing/scripted_server.hpp"

namespace dsm::http {
namespace {

using testing::echo;
using testing::RunningServer;
using testing::ScriptedServer;
namespace asio = boost::asio;
using namespace std::chrono_literals;

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

using Calls = std::function<asio::awaitable<void>(Client&, const rt::Clock&)>;

/// Runs `calls` with a client of their own loop.
void with_client(ClientSettings settings, Calls calls) {
    const rt::SystemClock clock;
    asio::io_context loop(1);
    Client client(loop.get_executor(), std::move(settings), clock);
    std::exception_ptr thrown = std::make_exception_ptr(std::runtime_error("did not end"));
    asio::co_spawn(loop, calls(client, clock), [&](std::exception_ptr e) { thrown = e; });
    loop.run_for(120s);
    if (thrown) std::rethrow_exception(thrown);
}

/// One call by a fresh client.
Result<ClientResponse> call(ClientRequest request, ClientSettings settings = {},
                            std::chrono::milliseconds budget = 60s) {
    Result<ClientResponse> response;
    with_client(std::move(settings),
                [&](Client& client, const rt::Clock& clock) -> asio::awaitable<void> {
                    response = co_await client.send(request, rt::Deadline::after(clock, budget));
                });
    return response;
}

TEST(Client, GetsAnAnswer) {
    const RunningServer server({.service = "echo"}, echo);

    const auto response = call({.method = "POST", .url = server.url("/x?y"), .body = "hello"});

    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->headers.find("content-type"), "application/json");
    EXPECT_NE(response->body.find("hello"), std::string::npos);
}

TEST(Client, AnyStatusIsAnAnswerAndARedirectIsNotFollowed) {
    const ScriptedServer server(
        {{"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
          "Content-Length: 0\r\n\r\n"}});

    EXPECT_EQ(call({.url = server.url()})->status, 302);
}

TEST(Client, ReadsEveryKindOfBody) {
    const std::vector<std::pair<std::string, std::string>> rows{
        {kOk, "ok"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "abc"},
        {"HTTP/1.1 200 OK\r\n\r\nto the end", "to the end"},
        {"HTTP/1.0 200 OK\r\n\r\n", ""},
        {"HTTP/1.1 204 No Content\r\n\r\n", ""},
        {"HTTP/1.1 103 Early\r\nA: b\r\n\r\n" + kOk, "ok"},
    };

    for (const auto& [answer, body] : rows) {
        const ScriptedServer server({{answer}});
        const auto response = call({.url = server.url()});
        ASSERT_TRUE(response) << answer << response.error().message;
        EXPECT_EQ(response->body, body) << answer;
    }
}

TEST(Client, AnAnswerThatIsNoneIsUnknownForWritesAndUnavailableForReads) {
    struct Row {
        std::string answer;
        std::string why;
    };
    const std::vector<Row> rows{
        {"", "closed without an answer"},
        {"HTTP/1.1 200 OK\r\nContent-Le", "closed without an answer"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "the answer was cut short"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
         "the answer was cut short"},
        {"SSH-2.0-OpenSSH\r\n\r\n", "the answer is not HTTP"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
         "the answer is not HTTP"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "the answer is not HTTP"},
        {"HTTP/1.1 101 Switching Protocols\r\n\r\n", "the answer is not HTTP"},
        {"HTTP/1.1 200 OK\r\nA: " + std::string(70'000, 'x') + "\r\n\r\n",
         "the answer is not HTTP"},
    };

    for (const Row& row : rows) {
        const ScriptedServer server({{row.answer}, {row.answer}});
        const auto read = call({.url = server.url()}, {.response_body_limit = 100});
        const auto write =
            call({.method = "POST", .url = server.url()}, {.response_body_limit = 100});
        ASSERT_FALSE(read) << row.answer.substr(0, 80);
        ASSERT_FALSE(write) << row.answer.substr(0, 80);
        EXPECT_EQ(read.error().code, ErrorCode::kUnavailable) << row.answer.substr(0, 80);
        EXPECT_EQ(write.error().code, ErrorCode::kUnknown) << row.answer.substr(0, 80);
        EXPECT_TRUE(write.error().message.ends_with(row.why)) << write.error().message;
    }
}

TEST(Client, AnAnswerOverTheLimitIsNoSuccessAndNothingToAskForAgain) {
    for (const std::string& answer :
         {std::string("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n"),
          "HTTP/1.1 200 OK\r\n\r\n" + std::string(101, 'x')}) {
        const ScriptedServer server({{answer}, {answer}});
        const auto read = call({.url = server.url()}, {.response_body_limit = 100});
        const auto write =
            call({.method = "POST", .url = server.url()}, {.response_body_limit = 100});
        ASSERT_FALSE(read) << answer;
        ASSERT_FALSE(write) << answer;
        EXPECT_EQ(read.error().code, ErrorCode::kInvalid) << answer;
        EXPECT_EQ(write.error().code, ErrorCode::kUnknown) << answer << "it may have been done";
        EXPECT_TRUE(read.error().message.ends_with("the answer is larger than 100 bytes"))
            << read.error().message;
    }
}

TEST(Client, ACallThatWasNeverSentIsUnavailable) {
    const std::string gone = "http://127.0.0.1:1/x";

    const auto refused = call({.method = "POST", .url = gone});
    const auto nowhere = call({.method = "POST", .url = "http://name.invalid:1/"});
    const auto late = call({.method = "POST", .url = gone}, {}, -1ms);

    EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
    EXPECT_NE(refused.error().message.find("Connection refused"), std::string::npos);
    EXPECT_EQ(nowhere.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(late.error().code, ErrorCode::kUnavailable);
}

TEST(Client, WhatCannotBeSentIsInvalid) {
    const RunningServer server({.service = "echo"}, echo);
    Headers injected;
    injected.add("X-A", "b\r\nX-C: d");
    Headers framing;
    framing.add("Content-length", "7");

    EXPECT_EQ(call({.url = "ftp://localhost/"}).error().code, ErrorCode::kInvalid);
    EXPECT_EQ(call({.url = "localhost"}).error().code, ErrorCode::kInvalid);
    EXPECT_EQ(call({.url = "http://user:secret@localhost/"}).error().code, ErrorCode::kInvalid);
    EXPECT_EQ(call({.url = server.url("/a b")}).error().code, ErrorCode::kInvalid);
    EXPECT_EQ(call({.method = "G T", .url = server.url("/")}).error().code, ErrorCode::kInvalid);
    EXPECT_EQ(call({.url = server.url("/"), .headers = injected}).error().code,
              ErrorCode::kInvalid);
    EXPECT_EQ(call({.url = server.url("/"), .headers = framing}).error().code, ErrorCode::kInvalid);
}

TEST(Client, TheDeadlineEndsASlowAnswer) {
    const ScriptedServer server(
        {{.answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", .then_close = false},
         {.answer = "", .then_close = false}});

    const auto response = call({.method = "PUT", .url = server.url()}, {}, 1s);

    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::kUnknown);
    EXPECT_TRUE(response.error().message.ends_with("no answer in time"))
        << response.error().message;
}

TEST(Client, ConnectionsAreKeptAndReused) {
    const ScriptedServer server({{kOk, false}, {kOk, false}, {kOk, false}});

    // A second connection would never be accepted while the first is open.
    with_client({}, [&](Client& client, const rt::Clock& clock) -> asio::awaitable<void> {
        for (int i = 0; i < 3; ++i) {
            const auto response =
                co_await client.send({.url = server.url()}, rt::Deadline::after(clock, 60s));
            EXPECT_TRUE(response);
        }
    });

    EXPECT_EQ(server.requests(), 3);
}

TEST(Client, AStaleConnectionCostsNoCallThatMayBeRepeated) {
    const ScriptedServer server({{kOk, false},
                                 {.answer = "", .then_close = true},
                                 {.answer = kOk, .then_close = true},
                                 {.answer = kOk, .then_close = true}});

    with_client({}, [&](Client& client, const rt::Clock& clock) -> asio::awaitable<void> {
        const auto deadline = rt::Deadline::after(clock, 60s);
        const auto first = co_await client.send({.url = server.url()}, deadline);
        EXPECT_TRUE(first);
        // Closed by the server under this request, repeated on a new connection.
        const auto second = co_await client.send({.method = "PUT", .url = server.url()}, deadline);
        EXPECT_TRUE(second);
    });

    EXPECT_EQ(server.requests(), 3);
}

TEST(Client, APostIsNotRepeatedOnAStaleConnection) {
    const ScriptedServer server({{kOk, false}, {.answer = "", .then_close = true}, {kOk}});

    with_client({}, [&](Client& client, const rt::Clock& clock) -> asio::awaitable<void> {
        const auto deadline = rt::Deadline::after(clock, 60s);
        const auto first = co_await client.send({.url = server.url()}, deadline);
        EXPECT_TRUE(first);
        const auto post = co_await client.send({.method = "POST", .url = server.url()}, deadline);
        EXPECT_EQ(post.error().code, ErrorCode::kUnknown);
    });

    EXPECT_EQ(server.requests(), 2);
}

TEST(Client, AConnectionThatTheServerClosedIsNoticedBeforeItIsUsed) {
    const ScriptedServer server({{kOk, false}, {.leave_unread = true}, {kOk}});

    with_client({}, [&](Client& client, const rt::Clock& clock) -> asio::awaitable<void> {
        const auto deadline = rt::Deadline::after(clock, 60s);
        const auto first = co_await client.send({.url = server.url()}, deadline);
        EXPECT_TRUE(first);
        while (server.closed() == 0) co_await rt::sleep_for(1ms);
        const auto post = co_await client.send({.method = "POST", .url = server.url()}, deadline);
        EXPECT_TRUE(post);
    });
}

TEST(Client, CallsOverTheCapWaitForAConnection) {
    const RunningServer server({.service = "echo", .connection_limit = 2}, echo);
    int answered = 0;

    with_client({.connections_per_host = 2},
                [&](Client& client, const rt::Clock& clock) -> asio::awaitable<void> {
                    std::vector<std::function<asio::awaitable<void>()>> calls;
                    for (int i = 0; i < 32; ++i) {
                        calls.push_back([&]() -> asio::awaitable<void> {
                            const auto response =
                                co_await client.send({.method = "POST", .url = server.url("/x")},
                                                     rt::Deadline::after(clock, 60s));
                            if (response && response->status == 200) ++answered;
                        });
                    }
                    co_await rt::when_all(std::move(calls));
                });

    EXPECT_EQ(answered, 32);
}

TEST(Client, WaitingForAConnectionEndsAtTheDeadline) {
    std::atomic<bool> may_answer = false;
    const Handler slow = [&](Request) -> asio::awaitable<Response> {
        while (!may_answer) co_await rt::sleep_for(1ms);
        co_return Response::text(200, "late");
    };
    const RunningServer server({.service = "slow"}, slow);

    with_client({.connections_per_host = 1},
                [&](Client& client, const rt::Clock& clock) -> asio::awaitable<void> {
                    rt::TaskScope scope(co_await asio::this_coro::executor);
                    scope.spawn("holds the connection", [&]() -> asio::awaitable<void> {
                        const auto held = co_await client.send({.url = server.url("/")},
                                                               rt::Deadline::after(clock, 60s));
                        EXPECT_TRUE(held);
                    });

                    const auto waited =
                        co_await client.send({.method = "POST", .url = server.url("/")},
                                             rt::Deadline::after(clock, 100ms));

                    EXPECT_EQ(waited.error().code, ErrorCode::kUnavailable);
                    EXPECT_NE(waited.error().message.find("became free"), std::string::npos);
                    may_answer = true;
                    const bool ended = co_await scope.join(60s);
                    EXPECT_TRUE(ended);
                });
}

TEST(Client, CloseAndCancellationEndACallInProgress) {
    const Handler slow = [](Request) -> asio::awaitable<Response> {
        co_await rt::sleep_for(1h);
        co_return Response::text(200, "never");
    };
    RunningServer server({.service = "slow"}, slow);

    with_client({}, [&](Client& client, const rt::Clock& clock) -> asio::awaitable<void> {
        rt::TaskScope scope(co_await asio::this_coro::executor);
        std::vector<ErrorCode> codes;
        const auto one = [&]() -> asio::awaitable<void> {
            const auto response = co_await client.send({.method = "POST", .url = server.url("/")},
                                                       rt::Deadline::after(clock, 1h));
            codes.push_back(response.error().code);
        };
        scope.spawn("call", one);
        co_await scope.join(50ms);
        scope.cancel();
        const bool cancelled = co_await scope.join(60s);
        EXPECT_TRUE(cancelled);

        rt::TaskScope other(co_await asio::this_coro::executor);
        other.spawn("call", one);
        co_await other.join(50ms);
        client.close();
        const bool closed = co_await other.join(60s);
        EXPECT_TRUE(closed);
        EXPECT_EQ(codes, (std::vector{ErrorCode::kCancelled, ErrorCode::kCancelled}));
        const auto after =
            co_await client.send({.url = server.url("/")}, rt::Deadline::after(clock, 1s));
        EXPECT_EQ(after.error().code, ErrorCode::kCancelled);
    });
    server.stop(50ms);
}

}  // namespace
}  // namespace dsm::http
