// The two numbers of an entry id, and their order. Internal to libs/stream.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace dsm::stream {

/// "<ms>-<seq>". Both fit a signed 64-bit column: larger ones are no ids here.
struct EntryId {
    std::int64_t ms = 0;
    std::int64_t sequence = 0;

    auto operator<=>(const EntryId&) const = default;
    std::string text() const;
};

/// nullopt for anything that is no id. "" is {0, 0}, which is before every entry.
std::optional<EntryId> read_entry_id(const std::string& text);

/// The id after `last` at `now_ms`: growing, also when the clock went back.
EntryId next_entry_id(EntryId last, std::int64_t now_ms);

}  // namespace dsm::stream
