// One destination of the outbox: its messages, its waits, its suspects. Internal to libs/outbox.
#pragma once

#include "libs/outbox/leadership.hpp"
#include "libs/outbox/outbox.hpp"
#include "libs/outbox/outbox_store.hpp"
#include "libs/outbox/stream_keeper.hpp"
#include "libs/outbox/suspects.hpp"
#include "libs/rt/backoff.hpp"
#include "libs/telemetry/log.hpp"

namespace dsm::outbox {

/// What all lanes of a relay share. Outlives them.
struct LaneContext {
    sql::Database& database;
    const Deliver deliver;
    const RelaySettings settings;
    const rt::Clock& clock;
    rt::Random& random;
    telemetry::Metrics& metrics;
    rt::SystemClock
        machine{};  ///< when rows were finished counts real days, also under a pinned clock
    Leadership leadership{settings.turns, clock};
    std::optional<StreamKeeper> keeper{};
};

/// Delivers the messages of one destination, one after another. Runs on the relay's executor; one
/// `deliver_all` at a time.
class Lane {
public:
    Lane(LaneContext& context, std::string destination);

    /// Until nothing waits that may be tried now, the destination does not answer, or another relay
    /// leads. False when there was nothing to try.
    boost::asio::awaitable<bool> deliver_all();

    /// When a destination that did not answer is to be tried again; none while it answers.
    std::optional<rt::Steady> retry_at() const;
    bool may_try() const { return context_.clock.steady() >= retry_at_; }

private:
    /// The rows of one batch: suspects first, which go before others of their key.
    struct Batch {
        std::vector<Row> suspects;
        std::vector<Row> fresh;
        std::vector<Refused> refused;  ///< all of them, as the table has them
        rt::Steady at{};
        bool full = false;  ///< there may be more to deliver at once
    };
    enum class Next { kMore, kWait, kIdle };
    enum class Kind { kSuspect, kFresh };

    boost::asio::awaitable<Next> deliver_batch();
    boost::asio::awaitable<Result<void>> keep_whole();
    boost::asio::awaitable<Result<Batch>> take_batch();
    Batch read_batch(soci::session& session, Suspects suspects) const;
    boost::asio::awaitable<std::optional<Delivered>> deliver_row(Row row);
    void note(const Row& row, Delivered outcome, Progress& progress);
    Suspects::Verdict judge(const Row& row, const std::string& why);
    boost::asio::awaitable<std::optional<Delivered>> try_rows(std::vector<Row> rows, Kind kind,
                                                              Progress& progress);
    boost::asio::awaitable<bool> record_progress(Progress progress);
    bool is_stream() const;
    void note_retry(const Delivered& refusal);
    void note_answer();
    void log_down(const std::string& why);
    void log_row(telemetry::Level level, const char* event, const Row& row,
                 const std::string& why) const;

    LaneContext& context_;
    const std::string name_;
    rt::Backoff backoff_;
    rt::Steady retry_at_{};
    bool down_ = false;  ///< said so in the log
    Suspects suspects_;
    std::vector<Published> in_stream_;  ///< delivered, and not yet told to the keeper
};

/// Whether the coroutine that asks is to end.
boost::asio::awaitable<bool> is_cancelled();

}  // namespace dsm::outbox
