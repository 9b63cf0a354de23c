// One statement an operation; a decision and all it leaves behind are one transaction.
#include "services/orchestrator/adapters/sql_decision_store.hpp"

#include <soci/soci.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "libs/outbox/outbox.hpp"

namespace dsm::orchestrator {
namespace {

namespace json = boost::json;

constexpr std::chrono::hours kKeepAnswers{24};
constexpr int kForgottenAtOnce = 100;

long long micros(Instant instant) {
    return instant.time_since_epoch().count();
}

std::optional<std::string> text_of(const std::string& value, soci::indicator indicator) {
    return indicator == soci::i_ok ? std::optional(value) : std::nullopt;
}

void insert_decision(soci::session& session, const DecisionEntry& entry) {
    const std::string document = json::serialize(entry.document);
    const long long at = micros(entry.at);
    session << "INSERT INTO decisions (decision_id, project_id, decided_us, document)"
               " VALUES (:id, :project, :at, :document)",
        soci::use(entry.id.str()), soci::use(entry.project.str()), soci::use(at),
        soci::use(document);
}

void insert_announcements(soci::session& session, const DecisionEntry& entry) {
    for (const Announcement& announcement : entry.announcements) {
        outbox::enqueue(session,
                        {.destination = announcement.destination,
                         .order_key = entry.project.str(),
                         .event_id = announcement.event_id,
                         .event_type = announcement.event_type,
                         .payload = announcement.payload,
                         .correlation_id = entry.trace.correlation_id,
                         .traceparent = entry.trace.traceparent},
                        entry.at);
    }
}

void remember_schedule(soci::session& session, const DecisionEntry& entry) {
    if (!entry.schedule_to_remember) return;
    session << "INSERT INTO project_settings (project_id, schedule) VALUES (:project, :schedule)"
               " ON CONFLICT (project_id) DO UPDATE SET schedule = excluded.schedule",
        soci::use(entry.project.str()), soci::use(*entry.schedule_to_remember);
}

/// A key that has an answer already ends the whole record: there is never a second decision under
/// one. An answer that is too old gives way.
Result<void> keep_answer(soci::session& session, const IdempotencyKey& key, const Answer& answer,
                         Instant now) {
    const long long at = micros(now);
    const long long expired = micros(now - kKeepAnswers);
    const std::string decision = answer.decision_id.str();
    soci::statement insert =
        (session.prepare
             << "INSERT INTO kept_answers (scope, idempotency_key, body_digest, decision_id, body,"
                " kept_us) VALUES (:scope, :key, :digest, :decision, :body, :at)"
                " ON CONFLICT (scope, idempotency_key) DO UPDATE SET"
                " body_digest = excluded.body_digest, decision_id = excluded.decision_id,"
                " body = excluded.body, kept_us = excluded.kept_us"
                " WHERE kept_answers.kept_us <= :expired",
         soci::use(key.scope), soci::use(key.key), soci::use(key.body_digest), soci::use(decision),
         soci::use(answer.body), soci::use(at), soci::use(expired));
    insert.execute(true);
    if (insert.get_affected_rows() > 0) return {};
    return fail(ErrorCode::kConflict, "an Idempotency-Key has another answer");
}

/// What another record is forgetting now is left to it.
void forget_old_answers(soci::session& session, Instant now) {
    const long long expired = micros(now - kKeepAnswers);
    const bool many_writers = session.get_backend_name() == "postgresql";
    session << "DELETE FROM kept_answers WHERE (scope, idempotency_key) IN"
               " (SELECT scope, idempotency_key FROM kept_answers WHERE kept_us <= :expired"
               " ORDER BY kept_us LIMIT :count"
            << (many_writers ? " FOR UPDATE SKIP LOCKED)" : ")"),
        soci::use(expired), soci::use(kForgottenAtOnce);
}

void end_intent(soci::session& session, const DecisionId& id) {
    session << "DELETE FROM intents WHERE decision_id = :id", soci::use(id.str());
}

}  // namespace

Awaited<Result<std::optional<ProjectSettings>>> SqlDecisionStore::settings(ProjectId id) {
    using Found = Result<std::optional<ProjectSettings>>;
    co_return co_await database_->read([id](soci::session& session) -> Found {
        std::string schedule;
        std::string zone;
        soci::indicator has_schedule = soci::i_null;
        soci::indicator has_zone = soci::i_null;
        session << "SELECT schedule, time_zone FROM project_settings WHERE project_id = :id",
            soci::use(id.str()), soci::into(schedule, has_schedule), soci::into(zone, has_zone);
        if (!session.got_data()) return std::nullopt;
        return ProjectSettings{.schedule = text_of(schedule, has_schedule),
                               .time_zone = text_of(zone, has_zone)};
    });
}

Awaited<Result<void>> SqlDecisionStore::record(DecisionEntry entry) {
    const Instant now = machine_.wall();
    co_return co_await database_->write([&entry, now](soci::session& session) -> Result<void> {
        insert_decision(session, entry);
        insert_announcements(session, entry);
        remember_schedule(session, entry);
        for (const IdempotencyKey& key : entry.keys) {
            auto kept = keep_answer(session, key, entry.answer, now);
            if (!kept) return kept;
        }
        if (!entry.keys.empty()) forget_old_answers(session, now);
        if (entry.settles_intent) end_intent(session, entry.id);
        return {};
    });
}

Awaited<Result<std::vector<DecisionId>>> SqlDecisionStore::unrecorded(std::vector<DecisionId> ids) {
    using Found = Result<std::vector<DecisionId>>;
    co_return co_await database_->read([&ids](soci::session& session) -> Found {
        std::string id;
        int count = 0;
        soci::statement select =
            (session.prepare << "SELECT COUNT(*) FROM decisions WHERE decision_id = :id",
             soci::use(id), soci::into(count));
        std::vector<DecisionId> found;
        for (const DecisionId& each : ids) {
            id = each.str();
            select.execute(true);
            if (count == 0) found.push_back(each);
        }
        return found;
    });
}

Awaited<Result<std::optional<KeptAnswer>>> SqlDecisionStore::kept(IdempotencyKey key) {
    using Found = Result<std::optional<KeptAnswer>>;
    const long long expired = micros(machine_.wall() - kKeepAnswers);
    co_return co_await database_->read([key, expired](soci::session& session) -> Found {
        KeptAnswer kept;
        std::string decision;
        session << "SELECT body_digest, decision_id, body FROM kept_answers WHERE scope = :scope"
                   " AND idempotency_key = :key AND kept_us > :expired",
            soci::use(key.scope), soci::use(key.key), soci::use(expired),
            soci::into(kept.body_digest), soci::into(decision), soci::into(kept.answer.body);
        if (!session.got_data()) return std::nullopt;
        kept.answer.decision_id = DecisionId(decision);
        return kept;
    });
}

Awaited<Result<std::vector<json::object>>> SqlDecisionStore::recent(
    std::optional<ProjectId> project, std::size_t limit) {
    using Found = Result<std::vector<json::object>>;
    co_return co_await database_->read([project, limit](soci::session& session) -> Found {
        const std::string id = project ? project->str() : std::string();
        const int count = static_cast<int>(limit);
        std::string document;
        const char* const query = project ? "SELECT document FROM decisions WHERE project_id = :id"
                                            " ORDER BY seq DESC LIMIT :count"
                                          : "SELECT document FROM decisions WHERE :id = ''"
                                            " ORDER BY seq DESC LIMIT :count";
        soci::statement select =
            (session.prepare << query, soci::use(id), soci::use(count), soci::into(document));
        std::vector<json::object> documents;
        select.execute();
        while (select.fetch()) documents.push_back(json::parse(document).as_object());
        return documents;
    });
}

}  // namespace dsm::orchestrator
