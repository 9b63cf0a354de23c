// Why a PostgreSQL server gave no session, told from its words. Internal to libs/sql.
#pragma once

#include <string>
#include <string_view>

namespace dsm::sql {

/// ": Connection refused", from what libpq says of its last try; empty when it gives no reason.
/// What comes before that repeats parts of the connection string, and is for nobody's log. Pure.
std::string reason_in(const std::string& said);

enum class Refusal {
    kNone,       ///< no word of a server: nobody was reached
    kStarting,   ///< it starts, stops or recovers
    kNoRoom,     ///< it has as many sessions as it allows
    kLogin,      ///< it does not take the role or its password
    kOtherwise,  ///< it refuses for another reason
};

/// Pure. libpq has no code for a session that did not come about, only a text, `said`. A server
/// that does not speak English refuses `kOtherwise`.
Refusal refusal_in(std::string_view said);

/// What clients are told of it: follows the server's name, and ends with what comes next.
std::string_view sentence_of(Refusal refusal);

}  // namespace dsm::sql
