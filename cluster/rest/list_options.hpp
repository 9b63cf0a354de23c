// The query of a list or a watch, read and checked. Pure.
#pragma once

#include <optional>

#include "cluster/objects/selector.hpp"
#include "cluster/rest/target.hpp"
#include "cluster/store/store.hpp"

namespace dsm::cluster {

enum class VersionMatch { kUnset, kExact, kNotOlderThan };

/// Where a page begins; as the opaque `continue` text.
struct Continuation {
    Revision revision = 0;  ///< 0: whatever is newest (an inconsistent rest)
    std::string start;      ///< a key of the store, the first one wanted
};

struct ListOptions {
    Selection selection;
    std::optional<Revision> version;  ///< unset and empty are the same
    VersionMatch match = VersionMatch::kUnset;
    std::size_t limit = 0;
    std::optional<Continuation> continuation;
    std::optional<std::chrono::seconds> timeout;
    bool bookmarks = false;
    std::optional<bool> send_initial_events;
};

/// 400 and 422 as the real server words them.
ApiResult<ListOptions> read_list_options(const http::Request& request, const Target& target);

/// `prefix` is the part of the keys that the path implies; it is left out of the text.
std::string encode_continuation(const Continuation& continuation, std::string_view prefix);

}  // namespace dsm::cluster
