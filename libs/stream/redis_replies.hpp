// Reads the replies of Redis' stream commands. Internal to libs/stream; pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/stream/event_stream.hpp"

struct redisReply;

namespace dsm::stream {

/// The entries of `[[id, [field, value, …]], …]`, as XRANGE gives them. An entry that was deleted
/// under a claim (nil) is left out; what another producer wrote without our fields keeps them
/// empty.
std::vector<Entry> entries_of(const redisReply* list);

/// Element `index` of an array; nullptr for nil, a short array, and anything else.
const redisReply* element_of(const redisReply* reply, std::size_t index);

/// Its text; empty when it is none.
std::string text_of(const redisReply* reply);

/// From XINFO STREAM's names and values.
StreamEnd end_of(const redisReply& reply);

/// Of one group, from XINFO GROUPS; nullopt when the group is not in it.
std::optional<GroupLag> lag_of(const redisReply& groups, const std::string& group);

/// What a human must do about an error reply, by its first word; "" where waiting is enough.
std::string advice_for(std::string_view said);

/// Whether an error reply says that the server serves nobody now. Any other is an answer to the one
/// command (no stream, no such group, not allowed), or refuses writes and serves those who read.
bool is_illness(std::string_view said);

/// The connection speaks to a server that cannot serve us: the next one may lead elsewhere.
bool ends_connection(std::string_view said);

/// The meaning of an error reply to `command` on `stream`: kConflict for an id that is too small,
/// kNotFound for a missing group, else kUnavailable.
Error error_of(const redisReply& reply, const std::string& command, const std::string& stream);

bool is_error_reply(const redisReply& reply);

}  // namespace dsm::stream
