// A batch is read, delivered row by row, and marked in one transaction.
#include "libs/outbox/lane.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "libs/base/identifier.hpp"
#include "libs/failpoint/failpoint.hpp"
#include "libs/outbox/stream_delivery.hpp"
#include "libs/telemetry/log.hpp"

namespace dsm::outbox {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

const failpoint::Point kDelivered("outbox.delivered");
const failpoint::Point kBeforeMark("outbox.mark.before");
const failpoint::Point kMarked("outbox.mark.after");

/// Somebody else who appends all the time may be ahead again; then the row is tried later.
constexpr int kIdsTried = 5;
/// Short enough that a destination which comes back is served within seconds.
constexpr rt::BackoffSettings kBackoff{.first = 200ms, .limit = 5'000ms, .factor = 2.0};

constexpr std::size_t kLongestWhy = 500;

/// What others said, so that any store takes it.
std::string storable(std::string why) {
    if (why.size() > kLongestWhy) why.resize(kLongestWhy);
    const bool is_text = is_valid_utf8(why);
    for (char& each : why) {
        const auto byte = static_cast<unsigned char>(each);
        if (byte < 0x20 || byte == 0x7f || (!is_text && byte > 0x7f)) each = '?';
    }
    return why;
}

}  // namespace

asio::awaitable<bool> is_cancelled() {
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return state.cancelled() != asio::cancellation_type::none;
}

Lane::Lane(LaneContext& context, std::string destination)
    : context_(context),
      name_(std::move(destination)),
      backoff_(kBackoff, context.random),
      suspects_(context.settings.suspicion) {}

bool Lane::is_stream() const {
    return name_.starts_with(kStreamPrefix);
}

std::optional<rt::Steady> Lane::retry_at() const {
    return retry_at_ == rt::Steady{} ? std::nullopt : std::optional(retry_at_);
}

asio::awaitable<bool> Lane::deliver_all() {
    bool tried = false;
    while (true) {
        const bool stopping = co_await is_cancelled();
        if (stopping || !context_.leadership.ours()) break;
        const auto next = co_await deliver_batch();
        tried = tried || next != Next::kIdle;
        if (next != Next::kMore) break;
    }
    co_return tried;
}

asio::awaitable<Lane::Next> Lane::deliver_batch() {
    const auto whole = co_await keep_whole();
    if (!whole) {
        note_retry({Delivery::kRetry, whole.error().message});
        co_return Next::kWait;
    }
    auto batch = co_await take_batch();
    if (!batch) {
        note_retry({Delivery::kRetry, batch.error().message});
        co_return Next::kWait;
    }
    suspects_.know(batch->refused, batch->at);
    if (batch->suspects.empty() && batch->fresh.empty()) co_return Next::kIdle;
    Progress progress;
    auto no_answer = co_await try_rows(batch->suspects, Kind::kSuspect, progress);
    const bool cleared = !progress.delivered.empty();  // then those that waited for it may go
    if (!no_answer) no_answer = co_await try_rows(batch->fresh, Kind::kFresh, progress);
    const bool recorded = co_await record_progress(std::move(progress));
    if (!recorded || no_answer) {
        note_retry(no_answer.value_or(Delivery::kRetry));
        co_return Next::kWait;
    }
    note_answer();
    co_return batch->full || cleared ? Next::kMore : Next::kWait;
}

/// Ends early with what the destination said when it does not answer.
asio::awaitable<std::optional<Delivered>> Lane::try_rows(std::vector<Row> rows, Kind kind,
                                                         Progress& progress) {
    for (const auto& row : rows) {
        const bool stopping = co_await is_cancelled();
        if (stopping) break;
        if (kind == Kind::kFresh && suspects_.fresh_allowed(1) == 0) break;
        if (kind == Kind::kFresh && suspects_.holds(row.message.order_key)) continue;
        auto outcome = co_await deliver_row(row);
        kDelivered.hit(name_);
        if (!outcome) continue;
        if (outcome->what == Delivery::kRetry) {
            progress.tried.push_back(row.id);
            co_return outcome;
        }
        note(row, std::move(*outcome), progress);
    }
    co_return std::nullopt;
}

/// An error when the stream could not be looked at.
asio::awaitable<Result<void>> Lane::keep_whole() {
    if (!context_.keeper || !is_stream()) co_return Result<void>{};
    auto lost = co_await context_.keeper->make_whole(name_);
    if (!lost) co_return std::unexpected(lost.error());
    if (*lost == 0) co_return Result<void>{};
    context_.metrics.count("dsm_outbox_republished_total", {{"destination", name_}},
                           static_cast<double>(*lost));
    telemetry::log(telemetry::Level::kWarning, context_.settings.service,
                   "outbox_stream_lost_entries",
                   {{"destination", name_}, {"published_again", *lost}});
    co_return Result<void>{};
}

asio::awaitable<Result<Lane::Batch>> Lane::take_batch() {
    const Suspects suspects = suspects_;  // the reading is on another thread, and may be repeated
    if (!is_stream()) {
        auto batch = co_await context_.database.read(
            [&](soci::session& session) { return Result<Batch>(read_batch(session, suspects)); });
        co_return batch;
    }
    auto batch = co_await context_.database.write([&](soci::session& session) {
        hold_entry_ids(session, name_);
        auto taken = read_batch(session, suspects);
        reserve_entry_ids(session, name_, taken.suspects, context_.clock.wall());
        reserve_entry_ids(session, name_, taken.fresh, context_.clock.wall());
        return Result<Batch>(std::move(taken));
    });
    co_return batch;
}

Lane::Batch Lane::read_batch(soci::session& session, Suspects suspects) const {
    const auto limit = context_.settings.batch;
    Batch batch{.refused = refused_rows(session, name_), .at = context_.clock.steady()};
    suspects.know(batch.refused, batch.at);
    if (const auto allowed = suspects.fresh_allowed(limit); allowed > 0) {
        batch.fresh = next_rows(session, name_, allowed);
    }
    std::set<std::string> keys;
    for (const auto& row : batch.fresh) keys.insert(row.message.order_key);
    batch.full = batch.fresh.size() == limit;
    batch.suspects = waiting_rows(session, suspects.due(keys, batch.at));
    return batch;
}

/// Under a later entry id as long as the row's own is taken. None: it does not wait any more, since
/// another relay was faster, and what that one made of it stays.
asio::awaitable<std::optional<Delivered>> Lane::deliver_row(Row row) {
    for (int tries = 0; tries < kIdsTried; ++tries) {
        auto delivered = co_await context_.deliver(row);
        if (delivered.what == Delivery::kDelivered && context_.keeper && is_stream()) {
            in_stream_.push_back({.row = row.id,
                                  .entry_id = row.reserved_entry_id,
                                  .event_id = row.message.event_id,
                                  .order_key = row.message.order_key});
        }
        if (delivered.what != Delivery::kIdTaken) co_return delivered;
        if (!context_.keeper) break;
        auto id = co_await context_.keeper->renumber(row);
        if (!id) break;
        if (id->empty()) co_return std::nullopt;
        row.reserved_entry_id = *id;
    }
    co_return Delivered(Delivery::kRetry);
}

void Lane::note(const Row& row, Delivered outcome, Progress& progress) {
    if (outcome.what == Delivery::kDelivered) {
        suspects_.taken(row.id, context_.clock.steady());
        progress.delivered.push_back(row.id);
        return;
    }
    auto verdict = Suspects::Verdict::kPark;
    std::string why = storable(std::move(outcome.why));
    if (outcome.what == Delivery::kRefused) verdict = judge(row, why);
    if (verdict == Suspects::Verdict::kPark) {
        log_row(telemetry::Level::kError, "outbox_parked", row, why);
        progress.parked.push_back({.row = row.id, .why = std::move(why)});
        return;
    }
    const bool holds = verdict == Suspects::Verdict::kHold;
    progress.refused.push_back({.row = row.id, .why = std::move(why), .held = holds});
}

Suspects::Verdict Lane::judge(const Row& row, const std::string& why) {
    const auto before = suspects_.size();
    const bool was_ill = suspects_.is_ill();
    const auto verdict = suspects_.refused(row.id, row.message.order_key, context_.clock.steady());
    if (suspects_.size() > before) log_row(telemetry::Level::kWarning, "outbox_refused", row, why);
    if (!was_ill && suspects_.is_ill()) log_down("it refuses everything: " + why);
    return verdict;
}

asio::awaitable<bool> Lane::record_progress(Progress progress) {
    kBeforeMark.hit(name_);
    auto recorded = co_await context_.database.write([&](soci::session& session) -> Result<void> {
        record(session, progress, context_.machine.wall());
        return {};
    });
    kMarked.hit(name_);
    for (auto& row : std::exchange(in_stream_, {})) {
        context_.keeper->was_delivered(name_, std::move(row));
    }
    const auto count = [&](const char* metric, std::size_t rows) {
        context_.metrics.count(metric, {{"destination", name_}}, static_cast<double>(rows));
    };
    count("dsm_outbox_delivered_total", progress.delivered.size());
    count("dsm_outbox_refused_total", progress.refused.size());
    count("dsm_outbox_parked_total", progress.parked.size());
    co_return recorded.has_value();
}

void Lane::log_row(telemetry::Level level, const char* event, const Row& row,
                   const std::string& why) const {
    telemetry::log(level, context_.settings.service, event,
                   {{"destination", name_}, {"event_id", row.message.event_id}, {"error", why}});
}

void Lane::note_retry(const Delivered& refusal) {
    const std::chrono::milliseconds asked =
        std::min(refusal.retry_after.value_or(0s), kLongestRetryAfter);
    // A stream that is left alone says until when, and is asked by one of all who wait for it.
    const auto* events = is_stream() ? context_.settings.events : nullptr;
    const auto closed = events ? events->closed_for() : 0ms;
    const auto wait = closed > 0ms ? closed : std::max(backoff_.next(), asked);
    retry_at_ = context_.clock.steady() + wait;
    context_.metrics.count("dsm_outbox_retries_total", {{"destination", name_}});
    log_down(refusal.why);
}

void Lane::note_answer() {
    backoff_.reset();
    retry_at_ = {};
    if (!down_ || suspects_.is_ill()) return;
    down_ = false;
    telemetry::log(telemetry::Level::kInfo, context_.settings.service, "outbox_destination_back",
                   {{"destination", name_}});
}

void Lane::log_down(const std::string& why) {
    if (down_) return;
    down_ = true;
    telemetry::log(telemetry::Level::kWarning, context_.settings.service, "outbox_destination_down",
                   {{"destination", name_}, {"error", why}});
}

}  // namespace dsm::outbox
