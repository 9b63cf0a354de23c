// What is looked for is what was there; only then is a gap a loss.
#include "libs/outbox/stream_keeper.hpp"

#include "libs/outbox/outbox_store.hpp"
#include "libs/outbox/stream_delivery.hpp"

namespace dsm::outbox {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kCallLimit{5};
constexpr std::size_t kPage = 256;

std::string stream_of(const std::string& destination) {
    return destination.substr(kStreamPrefix.size());
}

std::pair<std::uint64_t, std::uint64_t> numbers_of(const std::string& id) {
    std::pair<std::uint64_t, std::uint64_t> numbers{0, 0};
    stream::parse_entry_id(id, numbers.first, numbers.second);
    return numbers;
}

}  // namespace

rt::Deadline StreamKeeper::soon() const {
    return rt::Deadline::after(clock_, kCallLimit);
}

asio::awaitable<Result<bool>> StreamKeeper::has(std::string stream, Published row) {
    auto found = co_await is_in_stream(events_, std::move(stream), std::move(row.entry_id),
                                       std::move(row.event_id), soon());
    co_return found;
}

/// After a start nobody knows which row was looked for last: one that is some batches back and the
/// latest one stand for those between.
asio::awaitable<Result<void>> StreamKeeper::load(std::string destination, Watch& watch) {
    auto latest = co_await database_.read([&](soci::session& session) {
        return Result<std::vector<Published>>(published(session, destination, INT64_MAX, kPage));
    });
    if (!latest) co_return std::unexpected(latest.error());
    if (latest->size() > 1) watch.rows.push_back(latest->back());
    if (!latest->empty()) watch.rows.push_back(latest->front());
    watch.loaded = true;
    co_return Result<void>{};
}

asio::awaitable<Result<std::size_t>> StreamKeeper::make_whole(std::string destination) {
    Watch& watch = watches_[destination];
    if (!watch.loaded) {
        auto loaded = co_await load(destination, watch);
        if (!loaded) co_return std::unexpected(loaded.error());
    }
    const std::string stream = stream_of(destination);
    std::vector<Published> there;
    std::int64_t missing = 0;
    for (const auto& row : watch.rows) {
        auto found = co_await has(stream, row);
        if (!found) co_return std::unexpected(found.error());
        if (*found) {
            there.push_back(row);
        } else {
            missing = std::max(missing, row.row);
        }
    }
    std::vector<std::int64_t> lost;
    if (missing > 0) {
        auto rows = co_await lost_rows(destination, missing, watch.rows.back().row);
        if (!rows) co_return std::unexpected(rows.error());
        lost = std::move(*rows);
        auto waiting = co_await database_.write([&](soci::session& session) -> Result<void> {
            wait_again(session, lost);
            return {};
        });
        if (!waiting) co_return std::unexpected(waiting.error());
    }
    watch.rows.clear();
    if (!there.empty()) watch.rows.push_back(there.back());
    co_return lost.size();
}

/// From the newest row back to one that is there and older than what is known to be missing. What
/// is older than all of a full stream was trimmed; what is missing among its entries was lost.
asio::awaitable<Result<std::vector<std::int64_t>>> StreamKeeper::lost_rows(std::string destination,
                                                                           std::int64_t missing,
                                                                           std::int64_t newest) {
    const std::string stream = stream_of(destination);
    auto oldest = co_await events_.range(stream, "", 1, soon());
    if (!oldest) co_return std::unexpected(oldest.error());
    const auto end = co_await events_.end(stream, soon());
    if (!end) co_return std::unexpected(end.error());
    const bool full = end->length >= max_length_;
    std::vector<std::int64_t> lost;
    std::int64_t before = newest + 1;
    while (lost.size() < max_length_) {
        auto page = co_await database_.read([&](soci::session& session) {
            return Result<std::vector<Published>>(published(session, destination, before, kPage));
        });
        if (!page) co_return std::unexpected(page.error());
        if (page->empty()) break;
        for (const auto& row : *page) {
            const bool may_be_there =
                !oldest->empty() && numbers_of(row.entry_id) >= numbers_of(oldest->front().id);
            if (may_be_there) {
                auto found = co_await has(stream, row);
                if (!found) co_return std::unexpected(found.error());
                if (*found && row.row < missing) co_return lost;
                if (*found) continue;
            } else if (full) {
                co_return lost;
            }
            lost.push_back(row.row);
        }
        before = page->back().row;
    }
    co_return lost;
}

void StreamKeeper::was_delivered(const Row& row) {
    Watch& watch = watches_[row.message.destination];
    watch.rows.push_back({row.id, row.reserved_entry_id, row.message.event_id});
}

asio::awaitable<Result<std::string>> StreamKeeper::renumber(Row row) {
    auto end = co_await events_.end(stream_of(row.message.destination), soon());
    if (!end) co_return std::unexpected(end.error());
    auto given = co_await database_.write([&](soci::session& session) {
        return Result<std::string>(outbox::renumber(session, row, end->last_id, clock_.wall()));
    });
    co_return given;
}

}  // namespace dsm::outbox
