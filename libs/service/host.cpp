// The thread, the io_context and the server around one Service.
#include "libs/service/host.hpp"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <future>
#include <optional>
#include <thread>
#include <utility>

#include "libs/rt/parallel.hpp"
#include "libs/telemetry/log.hpp"

namespace dsm::service {

namespace asio = boost::asio;
using std::chrono::milliseconds;

namespace {

/// A store that cannot be opened in this time will not be by waiting longer; the process must say
/// so rather than hang.
constexpr milliseconds kStartLimit{30'000};
/// For closing sockets and unwinding coroutines after `limit` ran out.
constexpr milliseconds kStopSlack{300};
constexpr milliseconds kDefaultStopLimit{5'000};

std::string message_of(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& failure) {
        return failure.what();
    } catch (...) {
        return "an unknown failure";
    }
}

}  // namespace

class ServiceHost::Impl {
public:
    Impl(http::ServerSettings settings, ServiceFactory factory, const rt::Clock& clock,
         rt::Random& random, stream::EventStream& events)
        : settings_(std::move(settings)),
          factory_(std::move(factory)),
          clock_(clock),
          random_(random),
          events_(events) {}

    Result<std::uint16_t> start() {
        auto outcome = started_.get_future();
        thread_ = std::thread([this] { run_thread(); });
        if (outcome.wait_for(kStartLimit) != std::future_status::ready) {
            end_thread();
            return fail(ErrorCode::kUnavailable, settings_.service + " did not start within " +
                                                     std::to_string(kStartLimit.count() / 1000) +
                                                     " s");
        }
        auto port = outcome.get();
        if (!port) end_thread();
        return port;
    }

    void stop(milliseconds limit) {
        if (!thread_.joinable()) return;
        std::promise<void> stopped;
        auto done = stopped.get_future();
        const auto deadline = rt::Deadline::after(clock_, limit);
        asio::post(context_, [this, deadline, &stopped] {
            asio::co_spawn(context_, stop_all(deadline), [&stopped](std::exception_ptr thrown) {
                if (thrown) {
                    telemetry::log(telemetry::Level::kError, "host", "stop_failed",
                                   {{"error", message_of(thrown)}});
                }
                stopped.set_value();
            });
        });
        const bool in_time = done.wait_for(limit + kStopSlack) == std::future_status::ready;
        if (!in_time) {
            telemetry::log(telemetry::Level::kWarning, settings_.service, "stop_timed_out",
                           {{"limit_ms", limit.count()}});
        }
        end_thread();
    }

private:
    /// The service lives and dies on this thread, so nothing of it needs a lock.
    void run_thread() {
        auto guard = asio::make_work_guard(context_);
        asio::co_spawn(context_, start_all(), [this](std::exception_ptr thrown, auto port) {
            if (thrown) port = fail(ErrorCode::kUnavailable, message_of(thrown));
            if (!port) name_service(port.error().message);
            started_.set_value(std::move(port));
        });
        context_.run();
        server_.reset();
        service_.reset();
    }

    /// Its store may have said already whose it is.
    void name_service(std::string& message) const {
        const auto prefix = settings_.service + ": ";
        if (!message.starts_with(prefix)) message.insert(0, prefix);
    }

    asio::awaitable<Result<std::uint16_t>> start_all() {
        service_ =
            factory_(Environment{context_.get_executor(), clock_, random_, metrics_, events_});
        service_->add_routes(router_);
        add_own_routes();
        auto ready = co_await service_->start();
        if (!ready) co_return std::unexpected(ready.error());
        server_ = std::make_unique<http::Server>(
            context_.get_executor(), settings_,
            [this](http::Request request) { return router_.route(std::move(request)); }, clock_,
            random_, metrics_);
        co_return server_->start();
    }

    void add_own_routes() {
        router_.add("GET", "/health", [](http::Request) -> asio::awaitable<http::Response> {
            co_return http::Response::json(200, {{"status", "ok"}});
        });
        router_.add("GET", "/metrics", [this](http::Request) -> asio::awaitable<http::Response> {
            service_->measure();
            co_return http::Response::text(200, metrics_.text(),
                                           "text/plain; version=0.0.4; charset=utf-8");
        });
    }

    /// What is parked at four fifths of the time can still be answered, and the rest be ended.
    asio::awaitable<void> stop_all(rt::Deadline deadline) {
        const milliseconds left = deadline.left(clock_);
        if (server_) {
            co_await rt::when_all({[&] { return server_->stop(left - left / 10); },
                                   [&] { return service_->finish(left - left / 5); }});
        }
        co_await service_->stop(deadline.left(clock_));
    }

    void end_thread() {
        context_.stop();
        if (thread_.joinable()) thread_.join();
    }

    http::ServerSettings settings_;
    ServiceFactory factory_;
    const rt::Clock& clock_;
    rt::Random& random_;
    stream::EventStream& events_;
    telemetry::Metrics metrics_;
    asio::io_context context_{1};
    http::Router router_;
    std::unique_ptr<Service> service_;
    std::unique_ptr<http::Server> server_;
    std::promise<Result<std::uint16_t>> started_;
    std::thread thread_;
};

ServiceHost::ServiceHost(http::ServerSettings settings, ServiceFactory factory,
                         const rt::Clock& clock, rt::Random& random, stream::EventStream& events)
    : impl_(
          std::make_unique<Impl>(std::move(settings), std::move(factory), clock, random, events)) {}

ServiceHost::~ServiceHost() {
    stop(kDefaultStopLimit);
}

Result<std::uint16_t> ServiceHost::start() {
    return impl_->start();
}

void ServiceHost::stop(milliseconds limit) {
    impl_->stop(limit);
}

}  // namespace dsm::service
