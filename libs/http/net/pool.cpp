// Connections are opened when none is idle, and waited for when there are enough.
#include "libs/http/net/pool.hpp"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "libs/http/net/resolve.hpp"
#include "libs/http/net/tls.hpp"

namespace dsm::http {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// Half of what our servers keep, so that one rarely closes a connection under a request.
constexpr std::chrono::seconds kIdleAge{30};

Error unavailable(const Url& url, std::string_view what, const error_code& error) {
    return {ErrorCode::kUnavailable,
            fmt::format("{} {}:{}: {}", what, url.host, url.port,
                        error == asio::error::timed_out ? "timed out" : error.message())};
}

}  // namespace

Lease::Lease(std::shared_ptr<Pool> pool, std::string key, std::unique_ptr<Transport> transport,
             bool reused)
    : pool_(std::move(pool)),
      key_(std::move(key)),
      transport_(std::move(transport)),
      reused_(reused) {}

Lease::~Lease() {
    if (transport_) pool_->give_back(key_, std::move(transport_), keep_);
}

Pool::Pool(asio::any_io_executor executor, ClientSettings settings, const rt::Clock& clock)
    : executor_(std::move(executor)), settings_(std::move(settings)), clock_(clock) {}

asio::awaitable<Result<Lease>> Pool::lease(Url url, Reuse reuse, rt::Deadline deadline) {
    const auto self = shared_from_this();
    const std::string key = url.key();
    while (!closed_) {
        Host& host = hosts_[key];
        if (reuse == Reuse::kForbidden) drop_idle(host);
        auto idle = take_idle(host);
        if (idle) {
            idle->deadline().set(deadline.at);
            leased_.insert(idle.get());
            co_return Lease(self, key, std::move(idle), true);
        }
        if (host.open < settings_.connections_per_host) {
            ++host.open;
            Lease lease(self, key, std::make_unique<Transport>(asio::ip::tcp::socket(executor_)),
                        false);
            leased_.insert(&lease.transport());
            const auto failed = co_await open(lease.transport(), url, deadline);
            if (failed) co_return std::unexpected(*failed);
            co_return std::move(lease);
        }
        const bool freed = co_await wait_for_place(key, deadline);
        if (!freed || deadline.passed(clock_)) {
            co_return fail(ErrorCode::kUnavailable,
                           fmt::format("no connection to {}:{} became free", url.host, url.port));
        }
    }
    co_return fail(ErrorCode::kCancelled, "the client is closed");
}

std::unique_ptr<Transport> Pool::take_idle(Host& host) {
    while (!host.idle.empty()) {
        Idle idle = std::move(host.idle.back());
        host.idle.pop_back();
        if (idle.since + kIdleAge > clock_.steady() && !idle.transport->is_stale()) {
            return std::move(idle.transport);
        }
        --host.open;
    }
    return nullptr;
}

void Pool::drop_idle(Host& host) {
    host.open -= host.idle.size();
    host.idle.clear();
}

/// What failed, or nullopt when the connection stands.
asio::awaitable<std::optional<Error>> Pool::open(Transport& transport, Url url,
                                                 rt::Deadline deadline) {
    asio::ssl::context* tls = nullptr;
    if (url.tls) {
        const auto context = tls_context();
        if (!context) co_return context.error();
        tls = *context;
    }
    auto endpoints = co_await resolve(executor_, url.host, url.port, deadline);
    if (!endpoints) co_return unavailable(url, "resolve", endpoints.error());
    transport.deadline().set(deadline.at);
    const auto failed = co_await transport.connect(std::move(*endpoints));
    if (!closed_ && failed) co_return unavailable(url, "connect to", failed);
    if (!closed_ && tls) {
        const TlsTrust trust = settings_.tls.value_or(TlsTrust{});
        const std::string name = trust.server_name.empty() ? url.host : trust.server_name;
        const auto refused =
            co_await transport.connect_tls(*tls, name, !trust.insecure_skip_verify);
        if (refused) co_return unavailable(url, "TLS with", refused);
    }
    if (closed_) co_return Error{ErrorCode::kCancelled, "the client is closed"};
    co_return std::nullopt;
}

asio::awaitable<bool> Pool::wait_for_place(std::string key, rt::Deadline deadline) {
    asio::steady_timer timer(executor_, deadline.at);
    Host& host = hosts_[key];
    host.waiting.push_back(&timer);
    // Whoever is woken is taken out first. One who then cannot go on wakes the next.
    struct Turn {
        Host& host;
        asio::steady_timer* timer;
        bool used = false;
        ~Turn() {
            const bool woken = std::erase(host.waiting, timer) == 0;
            if (woken && !used) wake_one(host);
        }
    } turn{host, &timer};
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    const auto state = co_await asio::this_coro::cancellation_state;
    const bool cancelled = state.cancelled() != asio::cancellation_type::none;
    turn.used = !cancelled && std::ranges::find(host.waiting, &timer) == host.waiting.end();
    co_return turn.used;
}

void Pool::wake_one(Host& host) {
    if (host.waiting.empty()) return;
    asio::steady_timer* timer = host.waiting.front();
    host.waiting.pop_front();
    timer->cancel();
}

Result<asio::ssl::context*> Pool::tls_context() {
    if (!tls_) {
        auto made = make_client_context(settings_.tls.value_or(TlsTrust{}));
        if (!made) return fail(ErrorCode::kUnavailable, made.error().message);
        tls_ = std::move(*made);
    }
    return tls_.get();
}

void Pool::give_back(const std::string& key, std::unique_ptr<Transport> transport, bool keep) {
    leased_.erase(transport.get());
    Host& host = hosts_[key];
    if (!keep || closed_ || host.idle.size() >= settings_.idle_connections_per_host) {
        transport.reset();
        free_place(key);
        return;
    }
    transport->deadline().stop();
    host.idle.push_back({std::move(transport), clock_.steady()});
    wake_one(host);
}

void Pool::free_place(const std::string& key) {
    Host& host = hosts_[key];
    --host.open;
    wake_one(host);
}

void Pool::close() {
    closed_ = true;
    for (auto& [key, host] : hosts_) {
        drop_idle(host);
        while (!host.waiting.empty()) wake_one(host);
    }
    for (Transport* transport : leased_) transport->close();
}

}  // namespace dsm::http
