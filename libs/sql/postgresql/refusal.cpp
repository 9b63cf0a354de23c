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
    Words{"no pg_hba.conf entry", Refusal::kLogin},
    Words{"FATAL:  role ", Refusal::kLogin},
    Words{"FATAL:  ", Refusal::kOtherwise},
};

}  // namespace

std::string reason_in(const std::string& said) {
    static constexpr std::string_view kBefore = "failed: ";
    const auto found = said.rfind(kBefore);
    if (found == std::string::npos) return {};
    const auto begin = found + kBefore.size();
    return ": " + said.substr(begin, said.find('\n', begin) - begin);
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
        case Refusal::kOtherwise:
            return "is on a server that refuses the session; it is tried again and again";
    }
    return "cannot be used";
}

}  // namespace dsm::sql
