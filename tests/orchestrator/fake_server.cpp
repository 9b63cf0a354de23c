#include "tests/orchestrator/fake_server.hpp"

#include "libs/http/server_fixture.hpp"
#include "libs/rt/task_scope.hpp"

namespace dsm::orchestrator::testing {
namespace asio = boost::asio;

class FakeServer::Thread {
public:
    explicit Thread(http::Handler handler) : server({.service = "fake"}, std::move(handler)) {}

    http::RunningServer server;
};

FakeServer::FakeServer(Serve serve) : serve_(std::move(serve)) {
    thread_ = std::make_unique<Thread>(
        [this](http::Request request) { return handle(std::move(request)); });
    url_ = fmt::format("http://127.0.0.1:{}", thread_->server.port());
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
    for (const auto& [line, headers] : seen_) lines.push_back(line);
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
        if (!request->first.starts_with(prefix)) continue;
        return std::string(request->second.find(name).value_or(""));
    }
    return {};
}

Fault FakeServer::take_fault(const http::Request& request) {
    const std::lock_guard lock(mutex_);
    seen_.emplace_back(request.method + " " + request.target, request.headers);
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
    if (fault.delay.count() > 0) co_await rt::sleep_for(fault.delay);
    if (fault.status != 0) {
        co_return http::Response::text(fault.status, fault.body, "application/json");
    }
    auto response = locked([&] { return serve_(request); });
    // Nobody waits that long: the caller's deadline passes with the work done.
    if (fault.drop_reply) co_await rt::sleep_for(std::chrono::seconds(3));
    co_return response;
}

}  // namespace dsm::orchestrator::testing
