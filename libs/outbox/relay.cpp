// The relay: one worker for each destination that has something waiting.
#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <map>
#include <set>

#include "libs/outbox/gauges.hpp"
#include "libs/outbox/lane.hpp"
#include "libs/outbox/outbox.hpp"
#include "libs/outbox/outbox_store.hpp"
#include "libs/rt/task_scope.hpp"
#include "libs/telemetry/log.hpp"

namespace dsm::outbox {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kGatherFor = 100ms;
constexpr auto kLookEvery = 1s;
constexpr auto kPurgeEvery = 60s;
constexpr std::size_t kPurgeBatch = 1000;

}  // namespace

struct Relay::State {
    State(sql::Database& database_in, Deliver deliver_in, RelaySettings settings_in,
          const rt::Clock& clock_in, rt::Random& random_in, telemetry::Metrics& metrics_in)
        : context{.database = database_in,
                  .deliver = std::move(deliver_in),
                  .settings = std::move(settings_in),
                  .clock = clock_in,
                  .random = random_in,
                  .metrics = metrics_in},
          database(database_in),
          settings(context.settings),
          clock(clock_in),
          gauges(database_in, metrics_in, clock_in) {
        if (settings.events == nullptr) return;
        context.keeper.emplace(database, *settings.events, settings.stream_max_length, clock);
    }

    asio::awaitable<void> run();
    asio::awaitable<void> look(rt::TaskScope& workers);
    void spawn_delivery(const std::string& name, rt::TaskScope& workers);
    asio::awaitable<void> check_streams(rt::TaskScope& workers);
    asio::awaitable<void> deliver_all(std::string name);
    asio::awaitable<void> purge();
    void wake();
    std::chrono::milliseconds until_next_look() const;

    LaneContext context;
    sql::Database& database;
    const RelaySettings& settings;
    const rt::Clock& clock;
    Gauges gauges;
    rt::Steady check_at{};
    std::map<std::string, Lane> lanes;
    std::set<std::string> busy;         ///< lanes that deliver now
    std::set<std::string> asked_again;  ///< of these, asked to while they did
    std::optional<asio::steady_timer> pause;
    bool woken = false;
    rt::Steady purge_at{};
};

asio::awaitable<void> Relay::State::run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto executor = co_await asio::this_coro::executor;
    pause.emplace(executor);
    rt::TaskScope workers(executor);
    while (true) {
        const bool stopping = co_await is_cancelled();
        if (stopping) break;
        woken = false;
        const bool leads = co_await context.leadership.seek();
        if (leads) {
            co_await look(workers);
            co_await gauges.measure();
            co_await purge();
        } else {
            gauges.forget();
        }
        const bool stopped = co_await is_cancelled();
        if (stopped) continue;
        if (!woken) {
            pause->expires_after(until_next_look());
            co_await pause->async_wait(asio::as_tuple(asio::use_awaitable));
        }
        // What follows within a moment goes with it, and does not compete with the work that makes
        // it.
        if (woken) co_await rt::sleep_for(kGatherFor);
    }
    pause.reset();
    workers.cancel();
    co_await asio::this_coro::reset_cancellation_state();
    co_await workers.join(30s);
    context.leadership.give_up();
}

asio::awaitable<void> Relay::State::look(rt::TaskScope& workers) {
    auto waiting = co_await database.read([](soci::session& session) {
        return Result<std::vector<std::string>>(waiting_destinations(session));
    });
    if (!waiting) {
        telemetry::log(telemetry::Level::kWarning, settings.service, "outbox_unreadable",
                       {{"error", waiting.error().message}});
        co_return;
    }
    for (const auto& name : *waiting) spawn_delivery(name, workers);
    co_await check_streams(workers);
}

void Relay::State::spawn_delivery(const std::string& name, rt::TaskScope& workers) {
    const auto& lane = lanes.try_emplace(name, context, name).first->second;
    gauges.know(name);
    if (!lane.may_try()) return;
    if (!busy.insert(name).second) {
        asked_again.insert(name);
        return;
    }
    workers.spawn("outbox delivery", [this, name] { return deliver_all(name); });
}

/// A delivery begins with a look for what the stream lost, also when nothing waits.
asio::awaitable<void> Relay::State::check_streams(rt::TaskScope& workers) {
    if (!context.keeper || clock.steady() < check_at) co_return;
    auto streams = co_await database.read([](soci::session& session) {
        return Result<std::vector<std::string>>(stream_destinations(session));
    });
    if (!streams) co_return;
    check_at = clock.steady() + settings.check_streams_every;
    for (const auto& name : *streams) spawn_delivery(name, workers);
}

asio::awaitable<void> Relay::State::deliver_all(std::string name) {
    co_await asio::this_coro::throw_if_cancelled(false);
    const bool tried = co_await lanes.at(name).deliver_all();
    busy.erase(name);
    // What came meanwhile found this destination busy, and a refusal has a time of its own.
    if (asked_again.erase(name) > 0 || tried) wake();
}

void Relay::State::wake() {
    woken = true;
    if (pause) pause->cancel();
}

std::chrono::milliseconds Relay::State::until_next_look() const {
    auto next = clock.steady() + kLookEvery;
    for (const auto& [name, lane] : lanes) {
        if (!busy.contains(name)) next = std::min(next, lane.retry_at().value_or(next));
    }
    return rt::Deadline{next}.left(clock) + 1ms;
}

asio::awaitable<void> Relay::State::purge() {
    if (clock.steady() < purge_at) co_return;
    const auto before = context.machine.wall() - settings.retention;
    auto removed = co_await database.write([before](soci::session& session) {
        return Result<std::size_t>(purge_delivered(session, before, kPurgeBatch));
    });
    // A full batch means that there is more: take the next one at the next look, not at once.
    const bool more = removed && *removed == kPurgeBatch;
    purge_at = clock.steady() + (more ? 0s : kPurgeEvery);
}

Relay::Relay(sql::Database& database, Deliver deliver, RelaySettings settings,
             const rt::Clock& clock, rt::Random& random, telemetry::Metrics& metrics)
    : state_(std::make_shared<State>(database, std::move(deliver), std::move(settings), clock,
                                     random, metrics)) {}

Relay::~Relay() = default;

boost::asio::awaitable<void> Relay::run() {
    const auto state = state_;
    co_await state->run();
}

void Relay::wake() {
    state_->wake();
}

}  // namespace dsm::outbox
