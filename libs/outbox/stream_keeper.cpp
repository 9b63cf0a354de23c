// What is looked for is what was there; only then is a gap a loss.
#include "libs/outbox/stream_keeper.hpp"

#include <algorithm>
#include <ranges>
#include <set>

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
    if (watch.rows.empty()) co_return 0;
    const auto missing = co_await missing_of(stream_of(destination), watch.rows);
    if (!missing) co_return std::unexpected(missing.error());
    const Published newest = std::ranges::max(watch.rows, {}, &Published::row);
    if (missing->empty()) {
        watch.rows = {newest};
        co_return 0;
    }
    const auto oldest = std::ranges::min(*missing, {}, &Published::row);
    auto found = co_await gap(destination, oldest.row, newest.row);
    if (!found) co_return std::unexpected(found.error());
    const std::size_t again = found->lost.size() + found->behind.size();
    auto closed = co_await close(destination, std::move(*found));
    if (!closed) co_return std::unexpected(closed.error());
    watch.rows.clear();
    watch.loaded = false;  // what stays there is found again with the next look
    co_return again;
}

/// The first by itself; the others, which were put there one after another, in one sweep.
asio::awaitable<Result<std::vector<Published>>> StreamKeeper::missing_of(
    std::string stream, std::vector<Published> rows) {
    std::ranges::sort(rows, {}, [](const Published& row) { return numbers_of(row.entry_id); });
    std::vector<Published> missing;
    const auto first = co_await has(stream, rows.front());
    if (!first) co_return std::unexpected(first.error());
    if (!*first) missing.push_back(rows.front());
    std::set<std::pair<std::string, std::string>> there;
    const auto last = numbers_of(rows.back().entry_id);
    for (std::string after = rows.front().entry_id; numbers_of(after) < last;) {
        auto page = co_await events_.range(stream, after, kPage, soon());
        if (!page) co_return std::unexpected(page.error());
        if (page->empty()) break;
        for (const auto& entry : *page) there.emplace(entry.id, entry.event.event_id);
        after = page->back().id;
    }
    for (const Published& row : rows | std::views::drop(1)) {
        if (!there.contains({row.entry_id, row.event_id})) missing.push_back(row);
    }
    co_return missing;
}

/// From the newest row back to one that is there and older than what is known to be missing. What
/// is older than all of a full stream was trimmed; what is missing among its entries was lost.
asio::awaitable<Result<StreamKeeper::Gap>> StreamKeeper::gap(std::string destination,
                                                             std::int64_t missing,
                                                             std::int64_t newest) {
    const std::string stream = stream_of(destination);
    auto oldest = co_await events_.range(stream, "", 1, soon());
    if (!oldest) co_return std::unexpected(oldest.error());
    const auto end = co_await events_.end(stream, soon());
    if (!end) co_return std::unexpected(end.error());
    const bool full = end->length >= max_length_;
    std::vector<Published> lost;
    std::vector<Published> there;
    std::int64_t before = newest + 1;
    bool whole = false;
    while (!whole && lost.size() < max_length_) {
        auto page = co_await database_.read([&](soci::session& session) {
            return Result<std::vector<Published>>(published(session, destination, before, kPage));
        });
        if (!page) co_return std::unexpected(page.error());
        if (page->empty()) break;
        for (const auto& row : *page) {
            const bool may_be_there =
                !oldest->empty() && numbers_of(row.entry_id) >= numbers_of(oldest->front().id);
            Result<bool> found = false;
            if (may_be_there) found = co_await has(stream, row);
            if (!found) co_return std::unexpected(found.error());
            whole = *found ? row.row < missing : !may_be_there && full;
            if (whole) break;
            (*found ? there : lost).push_back(row);
        }
        before = page->back().row;
    }
    co_return gap_of(std::move(lost), std::move(there));
}

StreamKeeper::Gap StreamKeeper::gap_of(std::vector<Published> lost, std::vector<Published> there) {
    std::map<std::string, std::int64_t> oldest;
    for (const auto& row : lost) oldest[row.order_key] = row.row;  // latest first: the last counts
    std::erase_if(there, [&](const Published& row) {
        const auto first = oldest.find(row.order_key);
        return first == oldest.end() || row.row < first->second;
    });
    return {.lost = std::move(lost), .behind = std::move(there)};
}

/// Removed first: a process that ends in between finds them lost.
asio::awaitable<Result<void>> StreamKeeper::close(std::string destination, Gap gap) {
    std::vector<std::string> entries;
    for (const auto& row : gap.behind) entries.push_back(row.entry_id);
    if (!entries.empty()) {
        auto removed = co_await events_.remove(stream_of(destination), std::move(entries), soon());
        if (!removed) co_return removed;
    }
    std::vector<std::int64_t> rows;
    for (const auto& row : gap.lost) rows.push_back(row.row);
    for (const auto& row : gap.behind) rows.push_back(row.row);
    auto waiting = co_await database_.write([&](soci::session& session) -> Result<void> {
        wait_again(session, rows);
        return {};
    });
    co_return waiting;
}

void StreamKeeper::was_delivered(const std::string& destination, Published row) {
    watches_[destination].rows.push_back(std::move(row));
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
