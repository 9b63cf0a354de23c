#include "libs/sql/postgresql/refusal.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace dsm::sql {
namespace {

using Words = std::pair<std::string_view, Refusal>;

/// The first that is found counts.
constexpr std::array kWords = {
    Words{"is starting up", Refusal::kStarting},
    Words{"is shutting down", Refusal::kStarting},
    Words{"in recovery mode", Refusal::kStarting},
    Words{"not yet accepting connections", Refusal::kStarting},
    Words{"not accepting connections", Refusal::kStarting},
    Words{"too many clients", Refusal::kNoRoom},
    Words{"too many connections", Refusal::kNoRoom},
    Words{"connection slots are reserved", Refusal::kNoRoom},
    Words{"authentication failed", Refusal::kLogin},
    Words{"no password supplied", Refusal::kLogin},
    Words{"is not permitted to log in", Refusal::kLogin},
    Words{"certificate verify failed", Refusal::kUntrusted},
    Words{"does not match host name", Refusal::kOtherName},
    Words{"root certificate", Refusal::kNoRoot},
    Words{"does not support SSL", Refusal::kNoTls},
    Words{"no encryption", Refusal::kOnlyTls},
    Words{"SSL connection is required", Refusal::kOnlyTls},
    Words{"requires a valid client certificate", Refusal::kOurProof},
    Words{"private key file", Refusal::kOurProof},
    Words{"certificate file", Refusal::kOurProof},
    Words{"alert unknown ca", Refusal::kOurProof},
    Words{"alert bad certificate", Refusal::kOurProof},
    Words{"alert certificate expired", Refusal::kOurProof},
    Words{"alert certificate required", Refusal::kOurProof},
    Words{"no pg_hba.conf entry", Refusal::kLogin},
    Words{"pool_mode = session", Refusal::kPooler},
    Words{"FATAL:  role ", Refusal::kLogin},
    Words{"FATAL:  ", Refusal::kOtherwise},
    Words{"SSL error: ", Refusal::kOtherwise},
};

constexpr std::string_view kBefore = "failed: ";

std::string_view first_line_at(std::string_view said, std::size_t begin) {
    return said.substr(begin, said.find('\n', begin) - begin);
}

}  // namespace

std::string reason_in(const std::string& said) {
    // A reason that holds the words itself begins at the first of its line.
    std::string last;
    std::size_t line = 0;
    while (line < said.size()) {
        const auto whole = first_line_at(said, line);
        line += whole.size() + 1;
        const auto found = whole.find(kBefore);
        if (found == std::string_view::npos || !whole.starts_with("connection to server")) continue;
        const auto reason = whole.substr(found + kBefore.size());
        const bool wants_tls = refusal_in(reason) == Refusal::kOnlyTls;
        if (wants_tls && last.starts_with("FATAL:  ")) continue;
        last = reason;
    }
    return last.empty() ? "" : ": " + last;
}

Refusal refusal_in(std::string_view said) {
    const auto* found = std::ranges::find_if(
        kWords, [said](const Words& words) { return said.contains(words.first); });
    return found == kWords.end() ? Refusal::kNone : found->second;
}

std::string_view sentence_of(Refusal refusal) {
    switch (refusal) {
        case Refusal::kNone:
            return "cannot be reached; it goes on by itself once it can";
        case Refusal::kStarting:
            return "is on a server that starts or stops; it goes on by itself once that is up";
        case Refusal::kNoRoom:
            return "is on a server that has as many sessions as it allows; it goes on by itself "
                   "once one is free";
        case Refusal::kLogin:
            return "is on a server that refuses the role or its password; it is tried again and "
                   "again";
        case Refusal::kUntrusted:
            return "is on a server whose certificate does not verify; it is tried again and again";
        case Refusal::kOtherName:
            return "is on a server whose certificate is for another host name; it is tried again "
                   "and again";
        case Refusal::kNoRoot:
            return "is on a server whose certificate cannot be verified, since the root "
                   "certificate "
                   "is not there; it is tried again and again";
        case Refusal::kNoTls:
            return "is on a server that offers no TLS, without which DSM is set not to use it; it "
                   "is tried again and again";
        case Refusal::kOnlyTls:
            return "is on a server that takes no session without TLS; it is tried again and again";
        case Refusal::kOurProof:
            return "is on a server that wants a client certificate, and DSM has none that serves; "
                   "it is tried again and again";
        case Refusal::kPooler:
            return "is behind a pooler that does not keep sessions for their clients, without "
                   "which DSM cannot use it; it is tried again and again";
        case Refusal::kOtherwise:
            return "is on a server that refuses the session; it is tried again and again";
    }
    return "cannot be used";
}

std::string advice_for(Refusal refusal) {
    switch (refusal) {
        case Refusal::kUntrusted:
            return "; the server's certificate has expired or was not signed by an authority in "
                   "POSTGRES_SSLROOTCERT: give the file of the server's authority, or renew the "
                   "certificate";
        case Refusal::kOtherName:
            return "; give the server by a name that its certificate holds, or set "
                   "POSTGRES_SSLMODE=verify-ca where it has none";
        case Refusal::kNoRoot:
            return "; give the file of the server's authority as POSTGRES_SSLROOTCERT";
        case Refusal::kNoTls:
            return "; turn TLS on at the server, or loosen POSTGRES_SSLMODE where the network "
                   "between is trusted";
        case Refusal::kOnlyTls:
            return "; set POSTGRES_SSLMODE to verify-full where the server offers TLS, else allow "
                   "this client in its pg_hba.conf";
        case Refusal::kOurProof:
            return "; give a certificate that the server's authority for clients signed as "
                   "POSTGRES_SSLCERT and its key as POSTGRES_SSLKEY, a file that not everybody may "
                   "read (0600, or 0640 and root's)";
        default:
            return "";
    }
}

}  // namespace dsm::sql
