// The relay: one worker a destination that has something waiting.
#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <map>
#include <set>

#include "libs/failpoint/failpoint.hpp"
#include "libs/outbox/leadership.hpp"
#include "libs/outbox/outbox.hpp"
#include "libs/outbox/outbox_store.hpp"
#include "libs/outbox/stream_delivery.hpp"
#include "libs/outbox/stream_keeper.hpp"
#include "libs/rt/backoff.hpp"
#include "libs/rt/task_scope.hpp"
#include "libs/telemetry/log.hpp"

namespace dsm::outbox {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

const failpoint::Point kDelivered("outbox.delivered");
const failpoint::Point kBeforeMark("outbox.mark.before");
const failpoint::Point kMarked("outbox.mark.after");

constexpr auto kGatherFor = 100ms;
constexpr auto kLookEvery = 1s;
constexpr auto kMeasureEvery = 5s;
constexpr auto kPurgeEvery = 60s;
constexpr std::size_t kPurgeBatch = 1000;
/// Somebody else who appends all the time may be ahead again; then the row is tried later.
constexpr int kIdsTried = 5;
/// Short enough that a destination which comes back is served within seconds.
constexpr rt::BackoffSettings kBackoff{.first = 200ms, .limit = 5'000ms, .factor = 2.0};

asio::awaitable<bool> is_cancelled() {
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return state.cancelled() != asio::cancellation_type::none;
}

}  // namespace

struct Relay::State {
    /// What is known about one destination while its relay runs.
    struct Destination {
        explicit Destination(rt::Random& random) : backoff(kBackoff, random) {}
        rt::Backoff backoff;
        rt::Steady retry_at{};
        bool busy = false;
        bool down = false;  ///< said so in the log
    };

    State(sql::Database& database_in, Deliver deliver_in, RelaySettings settings_in,
          const rt::Clock& clock_in, rt::Random& random_in, telemetry::Metrics& metrics_in)
        : database(database_in),
          deliver(std::move(deliver_in)),
          settings(std::move(settings_in)),
          clock(clock_in),
          random(random_in),
          metrics(metrics_in),
          leadership(settings.turns, clock) {
        if (settings.events == nullptr) return;
        keeper.emplace(database, *settings.events, settings.stream_max_length, clock);
    }

    asio::awaitable<void> run();
    asio::awaitable<void> look(rt::TaskScope& workers);
    void spawn_delivery(const std::string& name, rt::TaskScope& workers);
    asio::awaitable<void> check_streams(rt::TaskScope& workers);
    asio::awaitable<bool> keep_whole(std::string name);
    asio::awaitable<Delivered> deliver_row(Row row);
    asio::awaitable<void> deliver_all(std::string name);
    asio::awaitable<bool> deliver_batch(std::string name, Destination& destination);
    asio::awaitable<Result<std::vector<Row>>> take_rows(std::string name);
    asio::awaitable<void> measure();
    asio::awaitable<void> purge();
    void wake();
    std::chrono::milliseconds until_next_look() const;
    void note_retry(const std::string& name, Destination& destination,
                    const Delivered& refusal = Delivery::kRetry);
    void note_success(const std::string& name, Destination& destination);

    sql::Database& database;
    const Deliver deliver;
    const RelaySettings settings;
    const rt::Clock& clock;
    rt::Random& random;
    telemetry::Metrics& metrics;
    rt::SystemClock machine;  ///< retention counts real days, also under a pinned clock
    Leadership leadership;
    std::optional<StreamKeeper> keeper;
    std::map<std::string, Row> last_in_stream;  ///< delivered, and not yet told to the keeper
    rt::Steady check_at{};
    std::map<std::string, Destination> destinations;
    std::set<std::string> measured;
    std::optional<asio::steady_timer> pause;
    bool woken = false;
    rt::Steady measure_at{};
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
        const bool leads = co_await leadership.seek();
        if (leads) co_await look(workers);
        co_await measure();
        if (leads) co_await purge();
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
    leadership.give_up();
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
    auto& destination = destinations.try_emplace(name, random).first->second;
    if (destination.busy || clock.steady() < destination.retry_at) return;
    destination.busy = true;
    workers.spawn("outbox delivery", [this, name] { return deliver_all(name); });
}

/// A delivery begins with a look for what the stream lost, also when nothing waits.
asio::awaitable<void> Relay::State::check_streams(rt::TaskScope& workers) {
    if (!keeper || clock.steady() < check_at) co_return;
    auto streams = co_await database.read([](soci::session& session) {
        return Result<std::vector<std::string>>(stream_destinations(session));
    });
    if (!streams) co_return;
    check_at = clock.steady() + settings.check_streams_every;
    for (const auto& name : *streams) spawn_delivery(name, workers);
}

/// False when the stream could not be looked at.
asio::awaitable<bool> Relay::State::keep_whole(std::string name) {
    if (!keeper || !name.starts_with(kStreamPrefix)) co_return true;
    auto lost = co_await keeper->make_whole(name);
    if (!lost) co_return false;
    if (*lost == 0) co_return true;
    metrics.count("dsm_outbox_republished_total", {{"destination", name}},
                  static_cast<double>(*lost));
    telemetry::log(telemetry::Level::kWarning, settings.service, "outbox_stream_lost_entries",
                   {{"destination", name}, {"published_again", *lost}});
    co_return true;
}

/// Under a later entry id as long as the row's own is taken.
asio::awaitable<Delivered> Relay::State::deliver_row(Row row) {
    for (int tries = 0; tries < kIdsTried; ++tries) {
        auto delivered = co_await deliver(row);
        if (delivered.what == Delivery::kDelivered && keeper &&
            row.message.destination.starts_with(kStreamPrefix)) {
            last_in_stream.insert_or_assign(row.message.destination, row);
        }
        if (delivered.what != Delivery::kIdTaken) co_return delivered;
        if (!keeper) break;
        auto id = co_await keeper->renumber(row);
        if (!id) break;
        if (id->empty()) co_return Delivery::kDelivered;  // another relay was faster
        row.reserved_entry_id = *id;
    }
    co_return Delivery::kRetry;
}

asio::awaitable<void> Relay::State::deliver_all(std::string name) {
    co_await asio::this_coro::throw_if_cancelled(false);
    auto& destination = destinations.at(name);
    while (true) {
        const bool stopping = co_await is_cancelled();
        if (stopping || !leadership.ours()) break;
        const bool more = co_await deliver_batch(name, destination);
        if (!more) break;
    }
    destination.busy = false;
    // What came meanwhile found this destination busy, and a refusal has a time of its own.
    wake();
}

void Relay::State::wake() {
    woken = true;
    if (pause) pause->cancel();
}

std::chrono::milliseconds Relay::State::until_next_look() const {
    auto next = clock.steady() + kLookEvery;
    for (const auto& [name, destination] : destinations) {
        if (destination.down && !destination.busy) next = std::min(next, destination.retry_at);
    }
    return rt::Deadline{next}.left(clock) + 1ms;
}

/// True when there may be more to deliver at once.
asio::awaitable<bool> Relay::State::deliver_batch(std::string name, Destination& destination) {
    const bool whole = co_await keep_whole(name);
    if (!whole) {
        note_retry(name, destination);
        co_return false;
    }
    auto rows = co_await take_rows(name);
    if (!rows || rows->empty()) {
        if (!rows) note_retry(name, destination);
        co_return false;
    }
    Progress progress;
    Delivered refusal = Delivery::kRetry;
    for (const auto& row : *rows) {
        const bool stopping = co_await is_cancelled();
        if (stopping) break;
        auto outcome = co_await deliver_row(row);
        kDelivered.hit(name);
        if (outcome.what == Delivery::kRetry) {
            progress.refused.push_back(row.id);
            refusal = std::move(outcome);
            break;
        }
        if (outcome.what == Delivery::kDelivered) {
            progress.delivered.push_back(row.id);
            continue;
        }
        progress.parked.push_back(row.id);
        telemetry::log(
            telemetry::Level::kError, settings.service, "outbox_parked",
            {{"destination", name}, {"event_id", row.message.event_id}, {"error", outcome.why}});
    }
    kBeforeMark.hit(name);
    auto recorded = co_await database.write([&](soci::session& session) -> Result<void> {
        record(session, progress, machine.wall());
        return {};
    });
    kMarked.hit(name);
    const auto last = last_in_stream.extract(name);
    if (last) keeper->was_delivered(last.mapped());
    metrics.count("dsm_outbox_delivered_total", {{"destination", name}},
                  static_cast<double>(progress.delivered.size()));
    metrics.count("dsm_outbox_parked_total", {{"destination", name}},
                  static_cast<double>(progress.parked.size()));
    if (!recorded || !progress.refused.empty()) {
        note_retry(name, destination, refusal);
        co_return false;
    }
    note_success(name, destination);
    co_return rows->size() == settings.batch;
}

asio::awaitable<Result<std::vector<Row>>> Relay::State::take_rows(std::string name) {
    const auto limit = settings.batch;
    if (!name.starts_with(kStreamPrefix)) {
        auto rows = co_await database.read([&](soci::session& session) {
            return Result<std::vector<Row>>(next_rows(session, name, limit));
        });
        co_return rows;
    }
    auto rows = co_await database.write([&](soci::session& session) {
        hold_entry_ids(session, name);
        auto taken = next_rows(session, name, limit);
        reserve_entry_ids(session, name, taken, clock.wall());
        return Result<std::vector<Row>>(std::move(taken));
    });
    co_return rows;
}

void Relay::State::note_retry(const std::string& name, Destination& destination,
                              const Delivered& refusal) {
    const std::chrono::milliseconds asked =
        std::min(refusal.retry_after.value_or(0s), kLongestRetryAfter);
    destination.retry_at = clock.steady() + std::max(destination.backoff.next(), asked);
    metrics.count("dsm_outbox_retries_total", {{"destination", name}});
    if (destination.down) return;
    destination.down = true;
    telemetry::log(telemetry::Level::kWarning, settings.service, "outbox_destination_down",
                   {{"destination", name}, {"error", refusal.why}});
}

void Relay::State::note_success(const std::string& name, Destination& destination) {
    destination.backoff.reset();
    destination.retry_at = {};
    if (!destination.down) return;
    destination.down = false;
    telemetry::log(telemetry::Level::kInfo, settings.service, "outbox_destination_back",
                   {{"destination", name}});
}

asio::awaitable<void> Relay::State::measure() {
    if (clock.steady() < measure_at) co_return;
    measure_at = clock.steady() + kMeasureEvery;
    auto found = co_await database.read(
        [](soci::session& session) { return Result<std::vector<Backlog>>(backlogs(session)); });
    if (!found) co_return;
    std::set<std::string> idle = measured;
    for (const auto& backlog : *found) {
        const Instant oldest{std::chrono::microseconds(backlog.oldest_us)};
        const std::chrono::duration<double> age = clock.wall() - oldest;
        const telemetry::Labels labels{{"destination", backlog.destination}};
        metrics.gauge("dsm_outbox_backlog", static_cast<double>(backlog.rows), labels);
        metrics.gauge("dsm_outbox_oldest_seconds", std::max(0.0, age.count()), labels);
        idle.erase(backlog.destination);
        measured.insert(backlog.destination);
    }
    for (const auto& name : idle) {
        metrics.gauge("dsm_outbox_backlog", 0, {{"destination", name}});
        metrics.gauge("dsm_outbox_oldest_seconds", 0, {{"destination", name}});
    }
}

asio::awaitable<void> Relay::State::purge() {
    if (clock.steady() < purge_at) co_return;
    const auto before = machine.wall() - settings.retention;
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
