// Streamed answers, and the end of a server that has answers in progress.
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <future>

#include "libs/rt/task_scope.hpp"
#include "libs/testing/peer.hpp"
#include "libs/testing/running_server.hpp"

namespace dsm::http {
namespace {

using testing::Peer;
using testing::RunningServer;
namespace asio = boost::asio;
using namespace std::chrono_literals;

/// A stream of `chunks` and then nothing until it is ended from outside.
Handler endless(std::vector<std::string> chunks, std::promise<void>& ended) {
    return [chunks, &ended](Request) -> asio::awaitable<Response> {
        Response response;
        response.headers.add("Content-Type", "application/json");
        response.stream = [chunks, &ended](BodyWriter& writer) -> asio::awaitable<void> {
            struct AtEnd {
                std::promise<void>& promise;
                ~AtEnd() { promise.set_value(); }
            } const at_end{ended};
            for (const std::string& chunk : chunks) {
                const bool here = co_await writer.write(chunk);
                if (!here) co_return;
            }
            co_await rt::sleep_for(1h);
        };
        co_return response;
    };
}

TEST(ServerStream, TheHeadAndEachChunkGoOutAtOnce) {
    std::promise<void> ended;
    const RunningServer server({.service = "watch"}, endless({"one\n", "", "two\n"}, ended));
    Peer peer(server.port());

    peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string text = peer.read_until("4\r\ntwo\n\r\n");

    EXPECT_NE(text.find("Transfer-Encoding: chunked\r\n"), std::string::npos) << text;
    EXPECT_NE(text.find("\r\n\r\n4\r\none\n\r\n4\r\ntwo\n\r\n"), std::string::npos) << text;
    EXPECT_EQ(text.find("Content-Length"), std::string::npos) << text;
}

TEST(ServerStream, ThatEndsEndsItsBodyAndItsConnection) {
    const Handler two = [](Request) -> asio::awaitable<Response> {
        Response response;
        response.stream = [](BodyWriter& writer) -> asio::awaitable<void> {
            co_await writer.write("one");
            co_await writer.write("two");
        };
        co_return response;
    };
    const RunningServer server({.service = "watch"}, two);

    const std::string text = server.wire().raw("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string old = server.wire().raw("GET / HTTP/1.0\r\n\r\n");

    EXPECT_TRUE(text.ends_with("3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")) << text;
    EXPECT_TRUE(old.ends_with("\r\n\r\nonetwo")) << old;
}

TEST(ServerStream, IsToldWhenItsReaderLeaves) {
    std::promise<void> ended;
    const RunningServer server({.service = "watch"}, endless({"one"}, ended));
    Peer peer(server.port());
    peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    peer.read_until("one");

    peer.leave();

    EXPECT_EQ(ended.get_future().wait_for(60s), std::future_status::ready);
}

TEST(ServerStream, AReaderThatNeverReadsIsGivenUp) {
    std::promise<void> ended;
    const std::vector<std::string> much(64, std::string(1024 * 1024, 'x'));
    const RunningServer server({.service = "watch", .write_timeout = 200ms}, endless(much, ended));
    Peer peer(server.port());

    peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

    // It gave up on the write; then the stream would wait an hour, had it not returned.
    EXPECT_EQ(ended.get_future().wait_for(60s), std::future_status::ready);
}

TEST(ServerStream, AnExceptionCutsTheBodyShort) {
    const Handler broken = [](Request) -> asio::awaitable<Response> {
        Response response;
        response.stream = [](BodyWriter& writer) -> asio::awaitable<void> {
            co_await writer.write("one");
            throw std::runtime_error("broken");
        };
        co_return response;
    };
    const RunningServer server({.service = "watch"}, broken);

    const std::string text = server.wire().raw("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

    EXPECT_TRUE(text.ends_with("3\r\none\r\n")) << text;
    EXPECT_EQ(server.wire().raw("GET / HTTP/1.1\r\nHost: a\r\n\r\n").substr(0, 12), "HTTP/1.1 200");
}

TEST(ServerStop, EndsStreamsAndIdleConnectionsAtOnce) {
    std::promise<void> ended;
    RunningServer server({.service = "watch"}, endless({"one"}, ended));
    Peer idle(server.port());
    Peer watcher(server.port());
    watcher.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    watcher.read_until("one");
    const rt::SystemClock clock;
    const rt::Steady begun = clock.steady();

    server.stop(60s);

    EXPECT_LT(clock.steady() - begun, 30s) << "it waited for their ends";
    EXPECT_EQ(ended.get_future().wait_for(0s), std::future_status::ready);
    EXPECT_TRUE(watcher.read_until("0\r\n\r\n").ends_with("0\r\n\r\n"));
    EXPECT_EQ(idle.read_until("x"), "");
}

TEST(ServerStop, LetsAnAnswerInProgressGoOutAndClosesAfterIt) {
    std::promise<void> begun;
    const Handler slow = [&](Request) -> asio::awaitable<Response> {
        begun.set_value();
        co_await rt::sleep_for(200ms);
        co_return Response::text(200, "done");
    };
    RunningServer server({.service = "slow"}, slow);
    Peer peer(server.port());
    peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    begun.get_future().wait();

    server.stop(60s);

    const std::string reply = peer.read_until("done");
    EXPECT_TRUE(reply.ends_with("done")) << reply;
    EXPECT_NE(reply.find("Connection: close\r\n"), std::string::npos) << reply;
}

TEST(ServerStop, GivesUpOnAHandlerThatTakesTooLong) {
    std::promise<void> begun;
    const Handler stuck = [&](Request) -> asio::awaitable<Response> {
        begun.set_value();
        co_await rt::sleep_for(1h);
        co_return Response::text(200, "never");
    };
    RunningServer server({.service = "stuck"}, stuck);
    Peer peer(server.port());
    peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    begun.get_future().wait();
    const rt::SystemClock clock;
    const rt::Steady start = clock.steady();

    server.stop(100ms);

    EXPECT_LT(clock.steady() - start, 30s);
    EXPECT_EQ(peer.read_until("never"), "");
}

}  // namespace
}  // namespace dsm::http
