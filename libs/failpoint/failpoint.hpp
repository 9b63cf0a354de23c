// Named points at which a test build can be made to fail: killed, refused, held up, or robbed of an
// answer. A build without DSM_FAILPOINTS has none: a Point there is empty and its `hit` a constant.
//
//     const failpoint::Point kBeforeCommit("sql.commit.before");
//     …
//     if (kBeforeCommit.hit(service) == failpoint::Effect::kError) return refused();
//
// The environment variable DSM_FAILPOINTS arms them, entries separated by `;`:
//
//     sql.commit.before[sprint-service]=kill@3; stream.append.sent=lost-reply; x.y=delay:50@2+
//
// `kill` is SIGKILL to this process; `error` fails what follows the point; `lost-reply` lets what
// went before it stand and drops its answer; `delay:N` holds the calling thread up for N ms. `[…]`
// counts only hits with that subject; `@n` means the n-th hit alone (the first, without it), `@n+`
// every hit from there on. Each hit that is befallen leaves a line on stderr: "DSM_FAILPOINTS:
// sql.commit.before[sprint-service] struck". An entry that cannot be read or names no point ends
// the process with status 2 and a sentence, at the first hit.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dsm::failpoint {

enum class Effect { kNone, kError, kLostReply };

#ifdef DSM_FAILPOINTS

inline namespace compiled_in {

/// For what is worth computing only where there are points.
inline constexpr bool kCompiledIn = true;

/// One named place. A constant at namespace scope: it enters itself into the list of all points,
/// so a new one cannot be forgotten. Safe from any thread.
class Point {
public:
    explicit Point(const char* name);

    /// What the environment asks of this hit. `subject` tells hits of one point apart, as the
    /// service does whose transaction it is. Does not return when the process is to be killed.
    Effect hit(std::string_view subject = {}) const;

    /// Whether the next hit with this subject would be befallen; counts nothing.
    bool armed(std::string_view subject = {}) const;

private:
    friend std::vector<std::string> all_points();
    const char* const name_;
    const Point* const next_;
};

/// The names of every point in this program, sorted.
std::vector<std::string> all_points();

}  // namespace compiled_in

#else

inline namespace left_out {

inline constexpr bool kCompiledIn = false;

class Point {
public:
    explicit constexpr Point(const char*) {}
    constexpr Effect hit(std::string_view = {}) const { return Effect::kNone; }
    constexpr bool armed(std::string_view = {}) const { return false; }
};

inline std::vector<std::string> all_points() {
    return {};
}

}  // namespace left_out

#endif

}  // namespace dsm::failpoint
