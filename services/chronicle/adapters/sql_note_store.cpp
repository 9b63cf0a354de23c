// Notes in one table, their dates in another.
#include "services/chronicle/adapters/sql_note_store.hpp"

#include <soci/soci.h>

#include "services/chronicle/adapters/nullable.hpp"
#include "services/chronicle/adapters/query.hpp"

namespace dsm::chronicle {
namespace {

std::optional<std::string> id_of_source(soci::session& session, const std::string& type,
                                        const std::optional<std::string>& source_id) {
    if (!source_id) return std::nullopt;
    std::string id;
    session << "SELECT id FROM notes WHERE type = :type AND source_id = :source", soci::into(id),
        soci::use(type), soci::use(*source_id);
    return session.got_data() ? std::optional(id) : std::nullopt;
}

void insert(soci::session& session, const Note& note, const std::string& id, Instant now) {
    const std::string type = name_of(note.type);
    const int is_decision = note.is_decision ? 1 : 0;
    const long long at_us = note.at.time_since_epoch().count();
    const long long created_us = now.time_since_epoch().count();
    Nullable sprint_id(note.sprint_id);
    Nullable report_date(note.report_date);
    Nullable summary(note.summary);
    Nullable metrics(note.metrics);
    Nullable source_id(note.source_id);
    session << "INSERT INTO notes (id, type, is_decision, project_id, sprint_id, report_date,"
               " at_us, summary, metrics, data, created_us, source_id) VALUES (:id, :type,"
               " :is_decision, :project_id, :sprint_id, :report_date, :at_us, :summary, :metrics,"
               " :data, :created_us, :source_id)",
        soci::use(id), soci::use(type), soci::use(is_decision), soci::use(note.project_id),
        soci::use(sprint_id.text, sprint_id.indicator),
        soci::use(report_date.text, report_date.indicator), soci::use(at_us),
        soci::use(summary.text, summary.indicator), soci::use(metrics.text, metrics.indicator),
        soci::use(note.data), soci::use(created_us), soci::use(source_id.text, source_id.indicator);
    for (const auto& date : note.dates) {
        session << "INSERT INTO note_dates (date, note_seq)"
                   " SELECT :date, seq FROM notes WHERE id = :id",
            soci::use(date), soci::use(id);
    }
}

Query query_of(const NoteFilter& filter) {
    Query query("SELECT id, project_id, sprint_id, summary, metrics, data, created_us FROM notes");
    query.where("type = ?", std::string(name_of(filter.type)));
    if (filter.project_id) query.where("project_id = ?", *filter.project_id);
    if (filter.sprint_id) query.where("sprint_id = ?", *filter.sprint_id);
    if (filter.decisions == Decisions::kLeftOut) query.where("is_decision = ?", 0LL);
    if (filter.since) {
        query.where("at_us >= ?", static_cast<long long>(filter.since->time_since_epoch().count()));
    }
    if (filter.date) {
        query.where("seq IN (SELECT note_seq FROM note_dates WHERE date = ?)", *filter.date);
    }
    query.then(" ORDER BY seq DESC").limit(filter.limit);
    return query;
}

}  // namespace

boost::asio::awaitable<Result<std::string>> SqlNoteStore::add(Note note, std::string id,
                                                              Instant now) {
    auto added = co_await database_->write([&](soci::session& session) -> Result<std::string> {
        auto first = id_of_source(session, name_of(note.type), note.source_id);
        if (first) return *first;
        insert(session, note, id, now);
        return id;
    });
    co_return added;
}

boost::asio::awaitable<Result<std::vector<StoredNote>>> SqlNoteStore::find(NoteFilter filter) {
    auto found =
        co_await database_->read([&](soci::session& session) -> Result<std::vector<StoredNote>> {
            std::vector<StoredNote> notes;
            StoredNote row;
            Nullable sprint_id;
            Nullable summary;
            Nullable metrics;
            long long created_us = 0;
            soci::statement statement(session);
            auto query = query_of(filter);
            query.execute(statement, [&](soci::statement& into) {
                into.exchange(soci::into(row.id));
                into.exchange(soci::into(row.note.project_id));
                into.exchange(soci::into(sprint_id.text, sprint_id.indicator));
                into.exchange(soci::into(summary.text, summary.indicator));
                into.exchange(soci::into(metrics.text, metrics.indicator));
                into.exchange(soci::into(row.note.data));
                into.exchange(soci::into(created_us));
            });
            row.note.type = filter.type;
            while (statement.fetch()) {
                row.note.sprint_id = sprint_id.value();
                row.note.summary = summary.value();
                row.note.metrics = metrics.value();
                row.created_at = Instant{std::chrono::microseconds(created_us)};
                notes.push_back(row);
            }
            return notes;
        });
    co_return found;
}

}  // namespace dsm::chronicle
