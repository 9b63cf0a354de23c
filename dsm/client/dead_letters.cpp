// Dead letters are entries of a stream beside the one they came from.
#include "dsm/client/dead_letters.hpp"

namespace dsm::client {
namespace {

namespace asio = boost::asio;

constexpr std::string_view kDead = ":dead";
constexpr std::size_t kPage = 500;
constexpr std::chrono::seconds kCallLimit{10};

}  // namespace

rt::Deadline DeadLetters::soon() const {
    return rt::Deadline::after(clock_, kCallLimit);
}

asio::awaitable<Result<std::vector<DeadLetter>>> DeadLetters::find(std::optional<std::string> id) {
    std::vector<DeadLetter> found;
    for (const auto& stream : streams_) {
        if (stream.ends_with(kDead)) continue;
        std::string after;
        while (true) {
            auto page = co_await events_.range(stream + ":dead", after, kPage, soon());
            if (!page) co_return std::unexpected(page.error());
            if (page->empty()) break;
            after = page->back().id;
            for (auto& entry : *page) {
                DeadLetter letter{stream, std::move(entry)};
                if (!id || *id == letter.id()) found.push_back(std::move(letter));
            }
        }
    }
    co_return found;
}

asio::awaitable<Result<void>> DeadLetters::retry(DeadLetter letter, std::size_t max_length) {
    const auto& event = letter.entry.event;
    const stream::Event again{event.data, event.event_type, event.event_id};
    auto appended = co_await events_.append(letter.stream, again, max_length, "", soon());
    if (!appended) co_return std::unexpected(appended.error());
    auto dropped = co_await drop(std::move(letter));
    co_return dropped;
}

asio::awaitable<Result<void>> DeadLetters::drop(DeadLetter letter) {
    std::vector<std::string> ids{letter.entry.id};
    auto removed = co_await events_.remove(letter.stream + ":dead", std::move(ids), soon());
    co_return removed;
}

}  // namespace dsm::client
