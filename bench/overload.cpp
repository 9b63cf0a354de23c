// Measures a server under four times as many callers as it handles at once: how fast the ones over
// the limit are turned away, and how soon it is itself again when they have gone.
//
//   dsm_bench_overload [seconds]
//
// Callers and server share the machine, so a time here is an upper bound.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "libs/http/client.hpp"
#include "libs/rt/parallel.hpp"
#include "libs/rt/task_scope.hpp"
#include "libs/testing/await.hpp"
#include "libs/testing/running_server.hpp"

namespace {

namespace asio = boost::asio;
namespace http = dsm::http;
namespace rt = dsm::rt;
using namespace std::chrono_literals;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr std::size_t kLimit = 64;
constexpr std::size_t kCallers = 4 * kLimit;
constexpr auto kWork = 20ms;   // of one request
constexpr auto kPause = 50ms;  // of a caller that was turned away; it was told 1 s

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
                                 Load& load) {
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
            co_await rt::sleep_for(kPause);
        }
    }
}

/// The time until a request is served again after the load has ended, in milliseconds.
asio::awaitable<double> run(std::string url, std::chrono::seconds duration, Load& load) {
    const auto executor = co_await asio::this_coro::executor;
    http::Client client(executor, {.connections_per_host = kCallers}, kClock);
    const auto end = kClock.steady() + duration;
    std::vector<std::function<asio::awaitable<void>()>> callers(
        kCallers, [&] { return call_until(client, url, end, load); });
    co_await rt::when_all(std::move(callers));
    Load after;
    const auto ended = kClock.steady();
    while (after.served_ms.empty() && kClock.steady() < ended + 10s) {
        co_await call_until(client, url, kClock.steady() + 1ms, after);
    }
    const double recovered = Milliseconds(kClock.steady() - ended).count();
    client.close();
    co_return recovered;
}

void print(const char* what, std::vector<double> times) {
    if (times.empty()) return;
    std::ranges::sort(times);
    std::printf("%-14s %8zu   p50 %7.2f ms   p99 %7.2f ms\n", what, times.size(),
                times[times.size() / 2], times[times.size() * 99 / 100]);
}

}  // namespace

int main(int argc, char** argv) {
    const std::chrono::seconds duration(argc > 1 ? std::atoi(argv[1]) : 5);
    const dsm::testing::RunningServer server({.service = "bench", .request_limit = kLimit}, work);
    Load load;
    const double recovered = dsm::testing::await(run(server.url("/x"), duration, load));
    print("served", load.served_ms);
    print("turned away", load.shed_ms);
    std::printf("failed         %8d\nserved again after the load %.1f ms\n", load.failed,
                recovered);
    return load.failed == 0 && !load.shed_ms.empty() ? 0 : 1;
}
