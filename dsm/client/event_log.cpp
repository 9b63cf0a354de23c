// A merge of pages by entry id.
#include "dsm/client/event_log.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace dsm::client {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::size_t kPage = 500;
constexpr std::chrono::milliseconds kReadLimit{10'000};

std::pair<std::uint64_t, std::uint64_t> order_of(const std::string& id) {
    std::pair<std::uint64_t, std::uint64_t> order{};
    stream::parse_entry_id(id, order.first, order.second);
    return order;
}

}  // namespace

std::string to_line(const LoggedEvent& event) {
    boost::system::error_code wrong;
    auto data = json::parse(event.entry.event.data, wrong);
    if (wrong) data = json::string(event.entry.event.data);
    return json::serialize(
        json::object{{"stream", event.stream}, {"id", event.entry.id}, {"data", std::move(data)}});
}

EventLog::EventLog(stream::EventStream& events, std::vector<std::string> streams,
                   const rt::Clock& clock)
    : events_(events), clock_(clock) {
    for (auto& name : streams) cursors_.push_back({.stream = std::move(name)});
}

asio::awaitable<Result<void>> EventLog::fill(Cursor& cursor) {
    auto page = co_await events_.range(cursor.stream, cursor.after, kPage,
                                       rt::Deadline::after(clock_, kReadLimit));
    if (!page) co_return std::unexpected(page.error());
    if (page->empty()) co_return Result<void>{};
    cursor.after = page->back().id;
    std::ranges::reverse(*page);
    cursor.page = std::move(*page);
    co_return Result<void>{};
}

asio::awaitable<Result<std::optional<LoggedEvent>>> EventLog::next() {
    Cursor* oldest = nullptr;
    for (auto& cursor : cursors_) {
        if (cursor.page.empty()) {
            auto filled = co_await fill(cursor);
            if (!filled) co_return std::unexpected(filled.error());
        }
        if (cursor.page.empty()) continue;
        if (oldest == nullptr ||
            order_of(cursor.page.back().id) < order_of(oldest->page.back().id)) {
            oldest = &cursor;
        }
    }
    if (oldest == nullptr) co_return std::optional<LoggedEvent>{};
    LoggedEvent event{oldest->stream, std::move(oldest->page.back())};
    oldest->page.pop_back();
    co_return std::optional<LoggedEvent>{std::move(event)};
}

}  // namespace dsm::client
