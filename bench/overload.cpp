// Measures a server under four times as many callers as it handles at once: how fast the ones over
// the limit are turned away, and how soon it is itself again when they have gone.
//
//   dsm_bench_overload [seconds]
//
// The server is a process of its own, and who measures is no part of the crowd: one caller on its
// own thread, once in 10 ms. With fewer cores than three, what waits for a core is in its times.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "libs/http/client.hpp"
#include "libs/rt/parallel.hpp"
#include "libs/rt/task_scope.hpp"
#include "libs/testing/await.hpp"
#include "libs/testing/process.hpp"
#include "libs/testing/running_server.hpp"

namespace {

namespace asio = boost::asio;
namespace http = dsm::http;
namespace rt = dsm::rt;
using namespace std::chrono_literals;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr std::size_t kLimit = 64;
constexpr std::size_t kCallers = 4 * kLimit;
constexpr auto kWork = 20ms;     // of one request
constexpr auto kPause = 50ms;    // of a caller that was turned away; it was told 1 s
constexpr auto kMeasure = 10ms;  // between two calls of the one who measures
constexpr std::string_view kServe = "serve";

struct Load {
    std::vector<double> served_ms;
    std::vector<double> shed_ms;
    int failed = 0;
};

const rt::SystemClock kClock;

asio::awaitable<http::Response> work(http::Request) {
    co_await rt::sleep_for(kWork);
    co_return http::Response::json(200, boost::json::object{});
}

asio::awaitable<void> call_until(http::Client& client, std::string url, rt::Steady end,
                                 std::chrono::milliseconds pause, Load& load) {
    while (kClock.steady() < end) {
        const auto begun = kClock.steady();
        const auto answer = co_await client.send({.url = url}, rt::Deadline::after(kClock, 10s));
        const double took = Milliseconds(kClock.steady() - begun).count();
        if (!answer) {
            ++load.failed;
        } else if (answer->status == 200) {
            load.served_ms.push_back(took);
        } else {
            load.shed_ms.push_back(took);
            co_await rt::sleep_for(pause);
        }
    }
}

asio::awaitable<Load> call_at_once(std::string url, std::size_t callers, rt::Steady end,
                                   std::chrono::milliseconds pause) {
    const auto executor = co_await asio::this_coro::executor;
    http::Client client(executor, {.connections_per_host = callers}, kClock);
    Load load;
    std::vector<std::function<asio::awaitable<void>()>> calls(
        callers, [&] { return call_until(client, url, end, pause, load); });
    co_await rt::when_all(std::move(calls));
    client.close();
    co_return load;
}

/// The time until a request is served again after the load has ended, in milliseconds.
asio::awaitable<double> recovery(std::string url) {
    const auto executor = co_await asio::this_coro::executor;
    http::Client client(executor, {}, kClock);
    const auto ended = kClock.steady();
    Load after;
    while (after.served_ms.empty() && kClock.steady() < ended + 10s) {
        co_await call_until(client, url, kClock.steady() + 1ms, 1ms, after);
    }
    const double took = Milliseconds(kClock.steady() - ended).count();
    client.close();
    co_return took;
}

void print(const char* what, std::vector<double> times) {
    if (times.empty()) return;
    std::ranges::sort(times);
    std::printf("%-28s %8zu   p50 %7.2f ms   p99 %7.2f ms\n", what, times.size(),
                times[times.size() / 2], times[times.size() * 99 / 100]);
}

/// Prints its address and serves until it is killed.
int serve() {
    const dsm::testing::RunningServer server({.service = "bench", .request_limit = kLimit}, work);
    std::printf("%s\n", server.url("/x").c_str());
    std::fflush(stdout);
    std::this_thread::sleep_for(1h);
    return 0;
}

int measure(const std::string& url, std::chrono::seconds duration) {
    const auto end = kClock.steady() + duration;
    Load crowd;
    std::thread crowding(
        [&] { crowd = dsm::testing::await(call_at_once(url, kCallers, end, kPause)); });
    const Load one = dsm::testing::await(call_at_once(url, 1, end, kMeasure));
    crowding.join();
    const double recovered = dsm::testing::await(recovery(url));
    print("served", crowd.served_ms);
    print("turned away, of the crowd", crowd.shed_ms);
    print("turned away, the one", one.shed_ms);
    const int failed = crowd.failed + one.failed;
    std::printf("failed %30d\nserved again after the load %9.1f ms\n", failed, recovered);
    return failed == 0 && !one.shed_ms.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc > 1 && argv[1] == kServe) return serve();
    const std::chrono::seconds duration(argc > 1 ? std::atoi(argv[1]) : 5);
    const dsm::testing::TemporaryFolder folder;
    const dsm::testing::BackgroundProcess server({argv[0], std::string(kServe)}, {}, folder.path());
    const auto started = dsm::testing::eventually([&] { return server.out().ends_with('\n'); });
    if (!started) return 1;
    const std::string line = server.out();
    return measure(line.substr(0, line.size() - 1), duration);
}
