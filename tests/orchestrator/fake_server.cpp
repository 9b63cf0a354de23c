#include "tests/orchestrator/fake_server.hpp"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <stdexcept>
#include <thread>

#include "libs/http/server.hpp"
#include "libs/rt/task_scope.hpp"

namespace dsm::orchestrator::testing {
namespace asio = boost::asio;

namespace {

/// The head goes out and then nothing: the caller cannot know.
http::Response broken_off() {
    http::Response response;
    response.close = true;
    response.stream = [](http::BodyWriter&) -> asio::awaitable<void> {
        throw std::runtime_error("a fault broke the answer off");
        co_return;
    };
    return response;
}

}  // namespace

class FakeServer::Thread {
public:
    explicit Thread(http::Handler handler)
        : random_(rt::make_seeded_random(1)),
          server_(loop_.get_executor(), {.service = "fake", .check_origin = false},
                  std::move(handler), clock_, *random_, metrics_),
          work_(loop_.get_executor()) {
        const auto started = server_.start();
        if (!started) throw std::runtime_error(started.error().message);
        port = *started;
        thread_ = std::thread([this] { loop_.run(); });
    }
    ~Thread() {
        // Answers that are held back for ever are not waited for.
        const auto limit = std::chrono::milliseconds(100);
        boost::asio::co_spawn(loop_, server_.stop(limit), boost::asio::use_future).get();
        loop_.stop();
        thread_.join();
    }

    std::uint16_t port = 0;

private:
    rt::SystemClock clock_;
    std::unique_ptr<rt::Random> random_;
    telemetry::Metrics metrics_;
    boost::asio::io_context loop_{1};
    http::Server server_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::thread thread_;
};

FakeServer::FakeServer(Serve serve) : serve_(std::move(serve)) {
    thread_ = std::make_unique<Thread>(
        [this](http::Request request) { return handle(std::move(request)); });
    url_ = fmt::format("http://127.0.0.1:{}", thread_->port);
}

FakeServer::~FakeServer() = default;

std::string FakeServer::url() const {
    return url_;
}

void FakeServer::stop() {
    thread_.reset();
}

void FakeServer::add(Fault fault) {
    const std::lock_guard lock(mutex_);
    faults_.push_back(std::move(fault));
}

void FakeServer::clear_faults() {
    const std::lock_guard lock(mutex_);
    faults_.clear();
}

std::vector<std::string> FakeServer::seen() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> lines;
    for (const Seen& request : seen_) lines.push_back(request.line);
    return lines;
}

std::vector<std::pair<std::uint64_t, std::string>> FakeServer::arrivals() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::pair<std::uint64_t, std::string>> lines;
    for (const Seen& request : seen_) lines.emplace_back(request.number, request.line);
    return lines;
}

std::size_t FakeServer::count(std::string_view prefix) const {
    const auto lines = seen();
    return static_cast<std::size_t>(std::ranges::count_if(
        lines, [&](const std::string& line) { return line.starts_with(prefix); }));
}

std::string FakeServer::header_of_last(std::string_view prefix, std::string_view name) const {
    const std::lock_guard lock(mutex_);
    for (auto request = seen_.rbegin(); request != seen_.rend(); ++request) {
        if (!request->line.starts_with(prefix)) continue;
        return std::string(request->headers.find(name).value_or(""));
    }
    return {};
}

Fault FakeServer::take_fault(const http::Request& request) {
    const std::lock_guard lock(mutex_);
    static std::atomic<std::uint64_t> arrived = 0;
    seen_.push_back({++arrived, request.method + " " + request.target, request.headers});
    for (Fault& fault : faults_) {
        const bool matches = (fault.method.empty() || fault.method == request.method) &&
                             request.target.find(fault.path_contains) != std::string::npos;
        if (!matches || fault.times == 0) continue;
        if (fault.times > 0) --fault.times;
        return fault;
    }
    return {};
}

asio::awaitable<http::Response> FakeServer::handle(http::Request request) {
    const Fault fault = take_fault(request);
    if (fault.delay.count() > 0) {
        const bool waited = co_await rt::sleep_for(fault.delay);
        if (!waited) co_return http::Response::text(503, "stopping");
    }
    if (fault.status != 0) {
        auto reply = http::Response::text(fault.status, fault.body, "application/json");
        if (!fault.retry_after.empty()) reply.headers.set("Retry-After", fault.retry_after);
        co_return reply;
    }
    auto response = locked([&] { return serve_(request); });
    if (fault.drop_reply) co_return broken_off();
    co_return response;
}

}  // namespace dsm::orchestrator::testing
