// Who owns which field: tracking of ordinary writes, and server-side apply with its conflicts.
#pragma once

#include <string>
#include <string_view>

#include "cluster/objects/status.hpp"
#include "libs/base/time.hpp"

namespace dsm::cluster {

/// Who writes, and when. `manager` is the fieldManager, or the User-Agent up to its first '/'.
struct Writer {
    std::string manager;
    std::string subresource;  ///< "" or "status"
    Instant now{};
};

/// Records an ordinary create or update in `object`'s metadata.managedFields: what it changed
/// since `stored` (null on create) belongs to the writer, and no longer to those who had it.
/// Both must be canonical. A request that set `managedFields: [{}]` or `[]` ends the tracking.
void track_update(const ResourceType& type, const json::value* stored, json::value& object,
                  const Writer& writer);

enum class Force { kNo, kYes };

/// Server-side apply: `applied` (parse_apply_body's value) onto `stored` (null: it is created).
/// The result is the merged object with its new managedFields, neither checked nor defaulted:
/// pass it on to decode_patched and prepare_…, which keep managedFields, and don't track_update.
/// 409 with one cause a field if another manager owns a value that would change; 500 for what is
/// no such object, as the real server.
ApiResult<json::value> server_side_apply(const ResourceType& type, const json::value* stored,
                                         const json::value& applied, const Writer& writer,
                                         Force force);

}  // namespace dsm::cluster
