// Measures `dsm up`: time to ready, resident memory when idle, and how long a POST takes beside a
// request that does nothing.
//
//   dsm_bench_first_minute build/release/dsm [POSTs]
//
// Absolute times are of this machine; the ratio of a POST to a GET /health is what compares.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "libs/http/client.hpp"
#include "libs/testing/process.hpp"

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using dsm::http::Client;
using dsm::http::ClientRequest;
using Milliseconds = std::chrono::duration<double, std::milli>;

struct Percentiles {
    double p50 = 0;
    double p99 = 0;
};

Percentiles percentiles_of(std::vector<double> times) {
    std::ranges::sort(times);
    return {times[times.size() / 2], times[times.size() * 99 / 100]};
}

asio::awaitable<Percentiles> time_calls(Client& client, ClientRequest request, int count,
                                        const dsm::rt::Clock& clock) {
    std::vector<double> times;
    for (int i = 0; i < count; ++i) {
        const auto begin = clock.steady();
        const auto answer = co_await client.send(request, dsm::rt::Deadline::after(clock, 10s));
        if (!answer || answer->status != 200) throw std::runtime_error("a call failed");
        times.push_back(Milliseconds(clock.steady() - begin).count());
    }
    co_return percentiles_of(std::move(times));
}

Percentiles measure(const std::string& method, const std::string& url, int count) {
    const dsm::rt::SystemClock clock;
    asio::io_context context(1);
    Client client(context.get_executor(), {}, clock);
    ClientRequest request;
    request.method = method;
    request.url = url;
    if (method == "POST") request.body = "{}";
    auto result =
        asio::co_spawn(context, time_calls(client, request, count, clock), asio::use_future);
    context.run_for(120s);
    return result.get();
}

long resident_kib(pid_t pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) return std::atol(line.c_str() + 6);
    }
    return 0;
}

int run(const std::string& binary, int posts) {
    dsm::testing::TemporaryFolder folder;
    const dsm::rt::SystemClock clock;
    const auto begin = clock.steady();
    dsm::testing::BackgroundProcess up(
        {binary, "up", "--data", folder.file("data"), "--port-base", "0", "--sample"}, {},
        folder.path());
    const std::string path = folder.file("data") + "/endpoints.json";
    while (!std::filesystem::exists(path)) {
        if (up.wait(1ms)) throw std::runtime_error("dsm up ended: " + up.err());
    }
    const std::string orchestrator(
        boost::json::parse(dsm::testing::read_file(path)).at("orchestrator").as_string());
    const std::string post_url = orchestrator + "/orchestrate/project/TEST-001";
    measure("POST", post_url, 1);
    const double first_answer = Milliseconds(clock.steady() - begin).count();

    up.wait(2s);  // idle
    const long idle = resident_kib(up.pid());
    measure("POST", post_url, 50);
    const Percentiles post = measure("POST", post_url, posts);
    const Percentiles health = measure("GET", orchestrator + "/health", posts);
    up.signal(SIGTERM);
    const auto stop_begin = clock.steady();
    const auto code = up.wait(10s);

    std::printf("first answered POST after start   %8.1f ms\n", first_answer);
    std::printf("resident memory when idle         %8.1f MiB\n", static_cast<double>(idle) / 1024);
    std::printf("POST        p50 %7.3f ms   p99 %7.3f ms\n", post.p50, post.p99);
    std::printf("GET /health p50 %7.3f ms   p99 %7.3f ms\n", health.p50, health.p99);
    std::printf("POST / GET /health at p50         %8.1f\n", post.p50 / health.p50);
    std::printf("SIGTERM to exit (code %d)         %8.1f ms\n", code.value_or(-1),
                Milliseconds(clock.steady() - stop_begin).count());
    return code == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: %s DSM_BINARY [POSTs, default 1000]\n", argv[0]);
        return 2;
    }
    try {
        return run(argv[1], argc > 2 ? std::max(1, std::atoi(argv[2])) : 1000);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "%s\n", failure.what());
        return 1;
    }
}
