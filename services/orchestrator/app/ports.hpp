// What the orchestrator needs from the world, named by the need. Adapters keep these promises;
// every call ends by its deadline, and a call that was refused or failed says so as a Failure.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/result.hpp"
#include "libs/kube/outcome.hpp"
#include "services/orchestrator/app/call.hpp"
#include "services/orchestrator/core/decide.hpp"
#include "services/orchestrator/core/record.hpp"
#include "services/orchestrator/core/rights.hpp"
#include "services/orchestrator/core/snapshot.hpp"

namespace dsm::orchestrator {

template <class T>
using Awaited = boost::asio::awaitable<T>;

/// Projects, their teams and their calendars.
class ProjectDirectory {
public:
    virtual ~ProjectDirectory() = default;
    virtual Awaited<Outcome<Project>> project(ProjectId id, Call call) = 0;
    virtual Awaited<Outcome<std::int64_t>> team_size(ProjectId id, Call call) = 0;
    virtual Awaited<Outcome<Availability>> availability(ProjectId id, Date from, Date to,
                                                        Call call) = 0;
};

class Backlog {
public:
    virtual ~Backlog() = default;
    virtual Awaited<Outcome<BacklogSummary>> summary(ProjectId id, Call call) = 0;
};

struct StartedSprint {
    SprintId id;
    std::int64_t assigned_tasks = 0;
    std::vector<std::string> warnings;
};

struct SprintPage {
    std::vector<Sprint> sprints;
    std::string next;  ///< empty: the last page
};

class SprintDirectory {
public:
    virtual ~SprintDirectory() = default;
    /// All of the project, newest start first.
    virtual Awaited<Outcome<std::vector<Sprint>>> of_project(ProjectId id, Call call) = 0;
    /// Not idempotent: a Failure with `maybe_done` may have started it.
    virtual Awaited<Outcome<StartedSprint>> start(ProjectId id, CreateSprint plan, Call call) = 0;
    /// How many tasks a sprint has, open or closed.
    virtual Awaited<Outcome<std::int64_t>> task_count(SprintId id, Call call) = 0;
    /// Active sprints of every project; for imports only.
    virtual Awaited<Outcome<SprintPage>> active(std::string after, Call call) = 0;
};

/// The CronJobs of our namespace, in the Kubernetes client's own typed outcomes.
class CronJobs {
public:
    virtual ~CronJobs() = default;
    virtual Awaited<kube::GetOutcome> get(std::string name, Call call) = 0;
    virtual Awaited<kube::ListOutcome> list(std::string label_selector, Call call) = 0;
    /// The page after `next`; empty: the first one. For looking at all of them, a few at a
    /// time.
    virtual Awaited<kube::PageOutcome> page(std::string label_selector, std::string next,
                                            Call call) = 0;
    virtual Awaited<kube::CreateOutcome> create(boost::json::object object, Call call) = 0;
    /// Only the object with this uid.
    virtual Awaited<kube::DeleteOutcome> remove(std::string name, std::string uid, Call call) = 0;
};

/// What we may do at the Kubernetes API, as the API server itself sees it.
class AccessReviews {
public:
    virtual ~AccessReviews() = default;
    virtual Awaited<RightFinding> review(Right right, rt::Deadline deadline) = 0;
};

/// The answer that a client got, to be given again for the same Idempotency-Key.
struct Answer {
    std::string body;  ///< of the 200
    DecisionId decision_id;
};

/// A key with its scope (method and path), and a digest of the body it came with.
struct IdempotencyKey {
    std::string scope;
    std::string key;
    std::string body_digest;
};

struct KeptAnswer {
    std::string body_digest;
    Answer answer;
};

/// What a key of a request gets because it was used before.
struct AnsweredKey {
    IdempotencyKey key;
    Outcome<Answer> answer;
};

/// Projects' turns, across all orchestrators on one database.
class Turns {
public:
    virtual ~Turns() = default;
    /// kConflict: another orchestrator had it until `deadline`. kUnavailable: it cannot be had.
    virtual Awaited<Result<std::shared_ptr<const Turn>>> take(ProjectId project,
                                                              rt::Deadline deadline) = 0;
};

/// A message that must reach somebody, sooner or later: kept with the decision it tells of.
struct Announcement {
    std::string destination;  ///< "stream:orchestration_events", "chronicle:/v1/notes/…"
    std::string event_id;
    std::string event_type;
    std::string payload;
};

/// Everything that one decision leaves behind. Kept whole or not at all.
struct DecisionEntry {
    DecisionId id;
    ProjectId project;
    Instant at;
    boost::json::object document;  ///< as GET /decisions gives it
    std::vector<Announcement> announcements;
    telemetry::TraceContext trace;
    std::optional<std::string> schedule_to_remember;
    std::vector<IdempotencyKey> keys;
    Answer answer;
    bool settles_intent = false;  ///< an intent of this id was open, and is not any more
};

class DecisionStore {
public:
    virtual ~DecisionStore() = default;
    /// nullopt: nothing is remembered of this project.
    virtual Awaited<Result<std::optional<ProjectSettings>>> settings(ProjectId id) = 0;
    /// Returns after the commit; the announcements are delivered from then on. kConflict: nothing
    /// was kept, since the decision is recorded already or one of its keys has another answer.
    virtual Awaited<Result<void>> record(DecisionEntry entry) = 0;
    /// Those of `ids` of which there is no decision.
    virtual Awaited<Result<std::vector<DecisionId>>> unrecorded(std::vector<DecisionId> ids) = 0;
    /// Of the last 24 h.
    virtual Awaited<Result<std::optional<KeptAnswer>>> kept(IdempotencyKey key) = 0;
    /// Documents, newest first; of every project without `project`.
    virtual Awaited<Result<std::vector<boost::json::object>>> recent(
        std::optional<ProjectId> project, std::size_t limit) = 0;
};

enum class Explain { kNo, kYes };

/// A decision on its way: what it rests on, its ids, and who asked for it.
struct Undertaking {
    Snapshot snapshot;
    Stamp stamp;
    telemetry::TraceContext trace;
    Explain explain = Explain::kNo;
    std::vector<IdempotencyKey> keys;
    bool intended = false;       ///< it stands in the IntentStore
    bool only_for_keys = false;  ///< nobody but its keys waits for its answer
};

/// Undertakings written down before an act that a kill could leave half done. Recording the
/// decision ends its intent in the same transaction.
class IntentStore {
public:
    virtual ~IntentStore() = default;
    /// Returns after the commit. kUnknown: it may be there all the same, and could not be read
    /// back.
    virtual Awaited<Result<void>> open(Undertaking undertaking) = 0;
    /// Oldest first, at most `limit`. kInvalid: one of them cannot be read; the message names its
    /// decision.
    virtual Awaited<Result<std::vector<Undertaking>>> all_open(ProjectId project,
                                                               std::size_t limit) = 0;
    /// Projects with an open intent, in the order of their ids, at most `limit` after `after`.
    virtual Awaited<Result<std::vector<ProjectId>>> projects(ProjectId after,
                                                             std::size_t limit) = 0;
    /// Nothing of it happened. Idempotent.
    virtual Awaited<Result<void>> close(DecisionId id) = 0;
};

}  // namespace dsm::orchestrator
