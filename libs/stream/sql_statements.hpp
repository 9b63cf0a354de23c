// The statements of the SQL stream. Internal to libs/stream; all run inside a transaction of the
// caller's and throw SOCI's errors.
#pragma once

#include <string>
#include <vector>

#include "libs/sql/database.hpp"
#include "libs/stream/entry_id.hpp"
#include "libs/stream/event_stream.hpp"

namespace dsm::stream {

std::vector<sql::Migration> stream_migrations();

/// kConflict when `wanted` is given and not larger than the stream's last id.
Result<EntryId> insert_entry(soci::session& session, const std::string& stream, const Event& event,
                             std::optional<EntryId> wanted, std::int64_t now_ms,
                             std::size_t max_length);

void insert_group(soci::session& session, const std::string& stream, const std::string& group);

/// Whether the group has something it never got: a cheap look before a write transaction.
Result<bool> has_news(soci::session& session, const GroupRead& read);

/// Hands out the group's next entries. `steady_ms` is when. kNotFound without the group.
Result<std::vector<Entry>> take_new(soci::session& session, const GroupRead& read,
                                    std::int64_t steady_ms);

void remove_pending(soci::session& session, const std::string& stream, const std::string& group,
                    const std::vector<std::string>& ids);

/// Takes over what has been pending for `idle_ms`, or since before a restart of the machine, which
/// shows as a time in the future.
std::vector<Entry> take_idle(soci::session& session, const GroupRead& read, std::int64_t idle_ms,
                             std::int64_t steady_ms);

void remove_entries(soci::session& session, const std::string& stream,
                    const std::vector<std::string>& ids);

StreamEnd end_of(soci::session& session, const std::string& stream);

/// kNotFound without the group.
Result<GroupLag> lag_of(soci::session& session, const std::string& stream,
                        const std::string& group);

std::vector<Entry> entries_after(soci::session& session, const std::string& stream, EntryId after,
                                 std::size_t count);

}  // namespace dsm::stream
