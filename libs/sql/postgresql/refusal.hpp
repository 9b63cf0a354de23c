// Why a PostgreSQL server gave no session, told from its words. Internal to libs/sql.
#pragma once

#include <string>
#include <string_view>

namespace dsm::sql {

/// ": Connection refused", from what libpq says of its last try; empty when it gives no reason.
/// What comes before that repeats parts of the connection string, and is for nobody's log. Of two
/// tries, with TLS and without, the first counts when the server only wanted TLS at the second.
/// Pure.
std::string reason_in(const std::string& said);

enum class Refusal {
    kNone,       ///< no word of a server: nobody was reached
    kStarting,   ///< it starts, stops or recovers
    kNoRoom,     ///< it has as many sessions as it allows
    kLogin,      ///< it does not take the role or its password
    kUntrusted,  ///< its certificate does not verify
    kOtherName,  ///< its certificate is for another host name
    kNoRoot,     ///< there is no root certificate to verify its with
    kNoTls,      ///< it offers no TLS
    kOnlyTls,    ///< it takes this role over TLS only, or not at all
    kOurProof,   ///< it does not take our certificate, or there is none to be sent
    kPooler,     ///< a pooler before it gives its sessions to several clients
    kOtherwise,  ///< it refuses for another reason
};

/// Pure. libpq has no code for a session that did not come about, only a text, `said`. A server
/// that does not speak English refuses `kOtherwise`.
Refusal refusal_in(std::string_view said);

/// What clients are told of it: follows the server's name, and ends with what comes next.
std::string_view sentence_of(Refusal refusal);

/// "; " and what to do about it, for the log and for who starts a service; empty where the words
/// above say enough. Holds none of the words that `refusal_in` looks for. Pure.
std::string advice_for(Refusal refusal);

}  // namespace dsm::sql
