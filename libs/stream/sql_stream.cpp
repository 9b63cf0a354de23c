// The stream port on a SQLite file.
#include <soci/soci.h>

#include <algorithm>

#include "libs/sql/database.hpp"
#include "libs/stream/event_stream.hpp"
#include "libs/stream/sql_statements.hpp"
#include "libs/stream/waiters.hpp"

namespace dsm::stream {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

/// How soon a reader finds what another process appended.
constexpr milliseconds kLookEvery{1'000};

class SqlStream final : public EventStream {
public:
    SqlStream(std::unique_ptr<sql::Database> database, const rt::Clock& clock)
        : database_(std::move(database)), clock_(clock) {}

    asio::awaitable<Result<std::string>> append(std::string stream, Event event,
                                                std::size_t max_length, std::string id,
                                                rt::Deadline deadline) override {
        if (deadline.passed(clock_)) co_return late("append");
        std::optional<EntryId> wanted;
        if (!id.empty()) {
            wanted = read_entry_id(id);
            if (!wanted) co_return fail(ErrorCode::kInvalid, "no entry id: " + id);
        }
        const std::int64_t now_ms = clock_.wall().time_since_epoch() / milliseconds(1);
        auto added = co_await database_->write([&](soci::session& session) {
            return insert_entry(session, stream, event, wanted, now_ms, max_length);
        });
        if (!added) co_return std::unexpected(added.error());
        waiters_.wake(stream);
        co_return added->text();
    }

    asio::awaitable<Result<void>> ensure_group(std::string stream, std::string group,
                                               rt::Deadline deadline) override {
        if (deadline.passed(clock_)) co_return late("make a group");
        auto done = co_await database_->write([&](soci::session& session) -> Result<void> {
            insert_group(session, stream, group);
            return {};
        });
        co_return done;
    }

    asio::awaitable<Result<std::vector<Entry>>> read_group(GroupRead read,
                                                           rt::Deadline deadline) override {
        const auto executor = co_await asio::this_coro::executor;
        const auto until = deadline.sooner(rt::Deadline::after(clock_, read.wait));
        Waiters::Place place(waiters_, read.stream, executor);
        while (true) {
            auto entries = co_await try_read(read);
            if (!entries || !entries->empty()) co_return entries;
            const auto left = until.left(clock_);
            const auto state = co_await asio::this_coro::cancellation_state;
            if (left.count() == 0 || state.cancelled() != asio::cancellation_type::none) {
                co_return entries;
            }
            co_await place.sleep(std::min(left, kLookEvery));
        }
    }

    asio::awaitable<Result<void>> acknowledge(std::string stream, std::string group,
                                              std::vector<std::string> ids,
                                              rt::Deadline deadline) override {
        if (deadline.passed(clock_)) co_return late("acknowledge");
        auto done = co_await database_->write([&](soci::session& session) -> Result<void> {
            remove_pending(session, stream, group, ids);
            return {};
        });
        co_return done;
    }

    asio::awaitable<Result<std::vector<Entry>>> reclaim(GroupRead read, milliseconds idle,
                                                        rt::Deadline deadline) override {
        if (deadline.passed(clock_)) co_return late("reclaim");
        auto entries = co_await database_->write([&](soci::session& session) {
            return Result<std::vector<Entry>>(take_idle(session, read, idle.count(), steady_ms()));
        });
        co_return entries;
    }

    asio::awaitable<Result<std::vector<Entry>>> range(std::string stream, std::string after,
                                                      std::size_t count,
                                                      rt::Deadline deadline) override {
        if (deadline.passed(clock_)) co_return late("read");
        const auto from = read_entry_id(after);
        if (!from) co_return fail(ErrorCode::kInvalid, "no entry id: " + after);
        auto entries = co_await database_->read([&](soci::session& session) {
            return Result<std::vector<Entry>>(entries_after(session, stream, *from, count));
        });
        co_return entries;
    }

    asio::awaitable<Result<void>> remove(std::string stream, std::vector<std::string> ids,
                                         rt::Deadline deadline) override {
        if (deadline.passed(clock_)) co_return late("remove");
        auto done = co_await database_->write([&](soci::session& session) -> Result<void> {
            remove_entries(session, stream, ids);
            return {};
        });
        co_return done;
    }

    asio::awaitable<Result<StreamEnd>> end(std::string stream, rt::Deadline deadline) override {
        if (deadline.passed(clock_)) co_return late("look at the end");
        auto found = co_await database_->read(
            [&](soci::session& session) { return Result<StreamEnd>(end_of(session, stream)); });
        co_return found;
    }

    asio::awaitable<Result<GroupLag>> lag(std::string stream, std::string group,
                                          rt::Deadline deadline) override {
        if (deadline.passed(clock_)) co_return late("look at a group");
        auto found = co_await database_->read(
            [&](soci::session& session) { return lag_of(session, stream, group); });
        co_return found;
    }

    asio::awaitable<bool> healthy(rt::Deadline) override { co_return database_->healthy(); }

private:
    static std::unexpected<Error> late(const char* what) {
        return fail(ErrorCode::kUnavailable, fmt::format("no time was left to {}", what));
    }
    std::int64_t steady_ms() const { return clock_.steady().time_since_epoch() / milliseconds(1); }

    /// Looks without a lock first: readers that find nothing must not queue behind writers.
    asio::awaitable<Result<std::vector<Entry>>> try_read(const GroupRead& read) {
        auto news = co_await database_->read(
            [&](soci::session& session) { return has_news(session, read); });
        if (!news) co_return std::unexpected(news.error());
        if (!*news) co_return std::vector<Entry>{};
        auto entries = co_await database_->write(
            [&](soci::session& session) { return take_new(session, read, steady_ms()); });
        co_return entries;
    }

    const std::unique_ptr<sql::Database> database_;
    const rt::Clock& clock_;
    Waiters waiters_;
};

}  // namespace

Result<std::unique_ptr<EventStream>> open_sql_stream(const std::string& path,
                                                     const rt::Clock& clock) {
    auto database = sql::Database::open({.path = path, .service = "event streams", .readers = 2},
                                        stream_migrations());
    if (!database) return std::unexpected(database.error());
    return std::make_unique<SqlStream>(std::move(*database), clock);
}

}  // namespace dsm::stream
