// The loop of one consumer group.
#include "libs/stream/consumer.hpp"

#include <boost/asio/this_coro.hpp>
#include <exception>
#include <limits>

#include "libs/failpoint/failpoint.hpp"
#include "libs/rt/backoff.hpp"
#include "libs/rt/task_scope.hpp"
#include "libs/telemetry/log.hpp"

namespace dsm::stream {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using telemetry::Level;

const failpoint::Point kHandled("consumer.handled");
const failpoint::Point kAcknowledged("consumer.acknowledged");

constexpr auto kCallLimit = 5s;
constexpr auto kWait = 1s;
constexpr auto kMeasureEvery = 5s;
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr rt::BackoffSettings kBackoff{.first = 200ms, .limit = 5'000ms, .factor = 2.0};

using Handler = std::function<asio::awaitable<Handled>(Entry)>;

class Consumer {
public:
    Consumer(EventStream& events, ConsumerSettings settings, Handler handler,
             const rt::Clock& clock, rt::Random& random, telemetry::Metrics& metrics)
        : events_(events),
          settings_(std::move(settings)),
          handler_(std::move(handler)),
          clock_(clock),
          metrics_(metrics),
          stream_backoff_(kBackoff, random),
          handler_backoff_(kBackoff, random) {}

    asio::awaitable<void> run() {
        co_await asio::this_coro::throw_if_cancelled(false);
        bool has_group = false;
        while (true) {
            const bool stopping = co_await is_cancelled();
            if (stopping) break;
            auto round = has_group ? co_await take_round() : co_await make_group();
            if (round) {
                has_group = true;
                note_stream_up();
                continue;
            }
            // Somebody removed the group (FLUSHALL, a fresh server): begin again with it.
            if (round.error().code == ErrorCode::kNotFound) has_group = false;
            co_await note_stream_down(round.error());
        }
    }

private:
    static asio::awaitable<bool> is_cancelled() {
        const auto state = co_await asio::this_coro::cancellation_state;
        co_return state.cancelled() != asio::cancellation_type::none;
    }
    /// True when the loop is to end. A cancellation that came before the sleep would not wake it.
    static asio::awaitable<bool> pause(std::chrono::milliseconds time) {
        const bool already = co_await is_cancelled();
        if (already) co_return true;
        const bool whole = co_await rt::sleep_for(time);
        co_return !whole;
    }
    rt::Deadline soon() const { return rt::Deadline::after(clock_, kCallLimit); }

    asio::awaitable<Result<void>> make_group() {
        auto made = co_await events_.ensure_group(settings_.stream, settings_.group, soon());
        co_return made;
    }

    /// What others left behind first, for it is older; then what is new.
    asio::awaitable<Result<void>> take_round() {
        co_await measure();
        GroupRead read{.stream = settings_.stream,
                       .group = settings_.group,
                       .consumer = settings_.consumer,
                       .count = 64,
                       .wait = kWait};
        if (clock_.steady() >= reclaim_at_) {
            auto left = co_await events_.reclaim(read, settings_.reclaim_idle, soon());
            if (!left) co_return std::unexpected(left.error());
            // A full batch means that there may be more of them: look again in the next round.
            if (left->size() < read.count) {
                reclaim_at_ = clock_.steady() + settings_.reclaim_idle / 2;
            }
            auto handled = co_await handle_all(std::move(*left));
            if (!handled) co_return handled;
            read.wait = std::min<std::chrono::milliseconds>(kWait, settings_.reclaim_idle);
        }
        auto fresh = co_await events_.read_group(read, soon());
        if (!fresh) co_return std::unexpected(fresh.error());
        auto handled = co_await handle_all(std::move(*fresh));
        co_return handled;
    }

    asio::awaitable<Result<void>> handle_all(std::vector<Entry> entries) {
        for (const auto& entry : entries) {
            const bool stopping = co_await is_cancelled();
            if (stopping) break;
            auto handled = co_await handle(entry);
            if (!handled) co_return handled;
        }
        co_return Result<void>{};
    }

    /// Until the entry is done, parked, left to be delivered again, or the loop is cancelled.
    asio::awaitable<Result<void>> handle(Entry entry) {
        if (entry.deliveries > settings_.deliveries_limit) {
            auto parked = co_await park(entry, "it was delivered too often");
            co_return parked;
        }
        while (true) {
            auto handled = co_await call_handler(entry);
            if (!handled) co_return Result<void>{};  // its bug: delivered again, parked in the end
            if (*handled == Handled::kPoison) {
                auto parked = co_await park(entry, "it can never be handled");
                co_return parked;
            }
            if (*handled == Handled::kDone) {
                handler_backoff_.reset();
                count("done");
                kHandled.hit(settings_.group);
                auto done = co_await acknowledge(entry.id);
                kAcknowledged.hit(settings_.group);
                co_return done;
            }
            count("retry");
            const bool stopping = co_await pause(handler_backoff_.next());
            if (stopping) co_return Result<void>{};
            co_await measure();
        }
    }

    /// What the stream does not tell is no number, not zero.
    asio::awaitable<void> measure() {
        if (clock_.steady() < measure_at_) co_return;
        measure_at_ = clock_.steady() + kMeasureEvery;
        const auto lag = co_await events_.lag(settings_.stream, settings_.group, soon());
        const telemetry::Labels labels{{"stream", settings_.stream}, {"group", settings_.group}};
        const bool waiting_known = lag && lag->waiting;
        metrics_.gauge("dsm_stream_lag",
                       waiting_known ? static_cast<double>(*lag->waiting) : kUnknown, labels);
        metrics_.gauge("dsm_stream_pending", lag ? static_cast<double>(lag->pending) : kUnknown,
                       labels);
    }

    asio::awaitable<std::optional<Handled>> call_handler(Entry entry) {
        std::string thrown;
        try {
            const auto handled = co_await handler_(entry);
            co_return handled;
        } catch (const std::exception& bug) {
            thrown = bug.what();
        }
        const bool stopping = co_await is_cancelled();
        if (stopping) co_return std::nullopt;
        count("failed");
        log(Level::kError, "stream_handler_failed",
            {{"entry", entry.id}, {"event_id", entry.event.event_id}, {"error", thrown}});
        co_return std::nullopt;
    }

    asio::awaitable<Result<void>> park(Entry entry, std::string why) {
        const Event dead{entry.event.data, entry.event.event_type, entry.event.event_id,
                         fmt::format("{}: {}", settings_.group, why)};
        auto parked = co_await events_.append(settings_.stream + ":dead", dead,
                                              settings_.max_length, "", soon());
        if (!parked) co_return std::unexpected(parked.error());
        count("parked");
        log(Level::kError, "stream_entry_parked",
            {{"entry", entry.id}, {"event_id", entry.event.event_id}, {"why", why}});
        auto done = co_await acknowledge(entry.id);
        co_return done;
    }

    asio::awaitable<Result<void>> acknowledge(std::string id) {
        std::vector<std::string> ids{std::move(id)};
        auto done =
            co_await events_.acknowledge(settings_.stream, settings_.group, std::move(ids), soon());
        co_return done;
    }

    void note_stream_up() {
        stream_backoff_.reset();
        if (!down_) return;
        down_ = false;
        log(Level::kInfo, "stream_back", {});
    }

    asio::awaitable<void> note_stream_down(Error why) {
        if (!down_) log(Level::kWarning, "stream_down", {{"error", why.message}});
        down_ = true;
        // One call of all who wait finds out whether the stream is back, for all of them.
        const auto closed = events_.closed_for();
        co_await pause(closed > 0ms ? closed : stream_backoff_.next());
    }

    void count(const char* outcome) {
        metrics_.count("dsm_stream_entries_total",
                       {{"stream", settings_.stream}, {"outcome", outcome}});
    }

    void log(Level level, const char* event, boost::json::object fields) const {
        fields["stream"] = settings_.stream;
        fields["group"] = settings_.group;
        telemetry::log(level, settings_.service, event, std::move(fields));
    }

    EventStream& events_;
    const ConsumerSettings settings_;
    const Handler handler_;
    const rt::Clock& clock_;
    telemetry::Metrics& metrics_;
    rt::Backoff stream_backoff_;
    rt::Backoff handler_backoff_;
    rt::Steady reclaim_at_{};
    rt::Steady measure_at_{};
    bool down_ = false;
};

}  // namespace

asio::awaitable<void> consume(EventStream& events, ConsumerSettings settings, Handler handler,
                              const rt::Clock& clock, rt::Random& random,
                              telemetry::Metrics& metrics) {
    Consumer consumer(events, std::move(settings), std::move(handler), clock, random, metrics);
    co_await consumer.run();
}

}  // namespace dsm::stream
