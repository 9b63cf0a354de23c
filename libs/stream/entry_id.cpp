// Entry ids as Redis writes them.
#include "libs/stream/entry_id.hpp"

#include <algorithm>
#include <charconv>

#include "libs/stream/event_stream.hpp"

namespace dsm::stream {
namespace {

bool parse_number(std::string_view text, std::uint64_t& number) {
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc{} && stop == end && !text.empty();
}

}  // namespace

bool parse_entry_id(const std::string& id, std::uint64_t& ms, std::uint64_t& seq) {
    const auto dash = id.find('-');
    if (dash == std::string::npos) return false;
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    const std::string_view text = id;
    if (!parse_number(text.substr(0, dash), first)) return false;
    if (!parse_number(text.substr(dash + 1), second)) return false;
    ms = first;
    seq = second;
    return true;
}

std::string EntryId::text() const {
    return fmt::format("{}-{}", ms, sequence);
}

std::optional<EntryId> read_entry_id(const std::string& text) {
    if (text.empty() || text == "0") return EntryId{};
    std::uint64_t ms = 0;
    std::uint64_t sequence = 0;
    if (!parse_entry_id(text, ms, sequence)) return std::nullopt;
    if (ms > INT64_MAX) return std::nullopt;
    const auto bounded = std::min<std::uint64_t>(sequence, INT64_MAX);
    return EntryId{static_cast<std::int64_t>(ms), static_cast<std::int64_t>(bounded)};
}

EntryId next_entry_id(EntryId last, std::int64_t now_ms) {
    return now_ms > last.ms ? EntryId{now_ms, 0} : EntryId{last.ms, last.sequence + 1};
}

}  // namespace dsm::stream
