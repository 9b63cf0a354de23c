// Everything that was seen of one project while the system was killed and broken, and the promises
// that it is held against. Pure: what it reads was gathered by somebody else.
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace dsm::chaos {

/// One entry of the cluster's watch: a CronJob as it was at one version.
struct ObjectVersion {
    std::string change;  ///< "ADDED", "MODIFIED", "DELETED"
    std::string name;
    std::string uid;
    bool ours = false;     ///< carries our label
    std::string identity;  ///< project and sprint it is for
    std::string decision;  ///< that made it; empty: nobody's
};

/// What the answer to a POST says that was done.
struct Said {
    std::string sprint;   ///< that it says was created; empty: none
    std::string cronjob;  ///< the same
    bool cronjob_created = false;

    bool operator==(const Said&) const = default;
};

/// A POST as its client saw it; status 0: no answer came.
struct Reply {
    std::string correlation;
    std::string key;  ///< Idempotency-Key; empty: none
    int status = 0;
    std::string decision;
    std::string body;
    std::optional<Said> said = {};  ///< by a 200; empty: nobody read it
};

/// A note, an audit or an event of one decision.
struct Record {
    std::string decision;
    std::string correlation;
    bool created_sprint = false;
    std::string sprint;
    std::string cronjob;  ///< that it says it created; empty: none
};

struct SprintSeen {
    std::string id;
    std::string name;
    std::string status;
};

struct Start {
    bool ready = false;
    std::chrono::milliseconds took{0};
    std::chrono::milliseconds computed{0};  ///< by its threads, which waiting for a core is not
};

struct Drain {
    int exit_code = -1;
    std::chrono::milliseconds took{0};
};

/// Something that the system showed to somebody.
struct Output {
    std::string where;  ///< "dsm.log", "orchestrator/metrics"
    std::string text;
};

struct History {
    std::vector<ObjectVersion> objects;
    std::set<std::string> removed_by_others;  ///< uids that the test itself deleted
    std::vector<Reply> replies;
    std::vector<std::string> decisions;  ///< ids as the orchestrator keeps them, oldest first
    std::vector<Record> notes;
    std::vector<Record> audits;
    std::vector<Record> events;  ///< in stream order
    std::vector<SprintSeen> sprints;
    bool rested = false;  ///< all that was decided was delivered in the time that it had
    std::vector<Start> starts;
    std::vector<Drain> drains;
    std::vector<Output> outputs;  ///< besides the replies
    std::vector<std::string> secrets;
};

struct Breach {
    std::string promise;  ///< "ONE-CRON"
    std::string what;

    bool operator==(const Breach&) const = default;
};

struct Limits {
    std::chrono::milliseconds ready{2'000};
    std::chrono::milliseconds computed{2'000};  ///< until ready, however busy the machine is
    std::chrono::milliseconds drain{5'000};
};

/// For tests, beside which compilers and other tests may run: a start computes no longer than is
/// promised, but may wait for a core. Campaigns on a quiet machine hold a start and an end to what
/// is promised of them.
inline constexpr Limits kOnABusyMachine{.ready = std::chrono::minutes(2),
                                        .drain = std::chrono::minutes(1)};

/// Every breach, in the order of the promises; empty: all were kept. The history is of one project,
/// and one that has not come to rest is a breach of OUTBOX-NO-SKIP.
std::vector<Breach> check(const History& history, const Limits& limits = {});

/// Everything that the system printed, logged and showed.
std::string outputs_of(const History& history);

/// One line a breach.
std::string describe(const std::vector<Breach>& breaches);

}  // namespace dsm::chaos
