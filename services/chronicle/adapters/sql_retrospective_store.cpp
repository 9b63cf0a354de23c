// One retrospective a sprint, held by a unique key.
#include "services/chronicle/adapters/sql_retrospective_store.hpp"

#include <soci/soci.h>

#include "services/chronicle/adapters/nullable.hpp"
#include "services/chronicle/adapters/query.hpp"

namespace dsm::chronicle {
namespace {

std::optional<std::string> id_of_source(soci::session& session,
                                        const std::optional<std::string>& source_id) {
    if (!source_id) return std::nullopt;
    std::string id;
    session << "SELECT id FROM retrospectives WHERE source_id = :source", soci::into(id),
        soci::use(*source_id);
    return session.got_data() ? std::optional(id) : std::nullopt;
}

bool has_one(soci::session& session, const std::string& sprint_id) {
    int rows = 0;
    session << "SELECT COUNT(*) FROM retrospectives WHERE sprint_id = :sprint", soci::into(rows),
        soci::use(sprint_id);
    return rows > 0;
}

void insert(soci::session& session, const Retrospective& given, const std::string& id,
            Instant now) {
    const long long created_us = now.time_since_epoch().count();
    Nullable source_id(given.source_id);
    session << "INSERT INTO retrospectives (id, project_id, sprint_id, data, created_us, source_id)"
               " VALUES (:id, :project, :sprint, :data, :created_us, :source)",
        soci::use(id), soci::use(given.project_id), soci::use(given.sprint_id),
        soci::use(given.data), soci::use(created_us),
        soci::use(source_id.text, source_id.indicator);
    int position = 0;
    for (const auto& item : given.action_items) {
        session << "INSERT INTO action_items (retrospective_id, position, description, status)"
                   " VALUES (:id, :position, :description, :status)",
            soci::use(id), soci::use(position), soci::use(item.description), soci::use(item.status);
        ++position;
    }
    position = 0;
    for (const auto& name : given.attendees) {
        session << "INSERT INTO attendees (retrospective_id, position, name)"
                   " VALUES (:id, :position, :name)",
            soci::use(id), soci::use(position), soci::use(name);
        ++position;
    }
}

std::vector<ActionItem> action_items_of(soci::session& session, const std::string& id) {
    std::vector<ActionItem> items;
    ActionItem item;
    soci::statement query = (session.prepare << "SELECT description, status FROM action_items"
                                                " WHERE retrospective_id = :id ORDER BY position",
                             soci::into(item.description), soci::into(item.status), soci::use(id));
    query.execute();
    while (query.fetch()) items.push_back(item);
    return items;
}

std::vector<std::string> attendees_of(soci::session& session, const std::string& id) {
    std::vector<std::string> names;
    std::string name;
    soci::statement query = (session.prepare << "SELECT name FROM attendees"
                                                " WHERE retrospective_id = :id ORDER BY position",
                             soci::into(name), soci::use(id));
    query.execute();
    while (query.fetch()) names.push_back(name);
    return names;
}

std::vector<StoredRetrospective> rows_of(soci::session& session,
                                         const RetrospectiveFilter& filter) {
    Query query("SELECT id, project_id, sprint_id, data, created_us FROM retrospectives");
    if (filter.project_id) query.where("project_id = ?", *filter.project_id);
    if (filter.sprint_id) query.where("sprint_id = ?", *filter.sprint_id);
    query.then(" ORDER BY seq DESC").limit(filter.limit);
    std::vector<StoredRetrospective> rows;
    StoredRetrospective row;
    long long created_us = 0;
    soci::statement statement(session);
    query.execute(statement, [&](soci::statement& into) {
        into.exchange(soci::into(row.id));
        into.exchange(soci::into(row.retrospective.project_id));
        into.exchange(soci::into(row.retrospective.sprint_id));
        into.exchange(soci::into(row.retrospective.data));
        into.exchange(soci::into(created_us));
    });
    while (statement.fetch()) {
        row.created_at = Instant{std::chrono::microseconds(created_us)};
        rows.push_back(row);
    }
    return rows;
}

}  // namespace

boost::asio::awaitable<Result<std::string>> SqlRetrospectiveStore::add(Retrospective retrospective,
                                                                       std::string id,
                                                                       Instant now) {
    auto added = co_await database_->write([&](soci::session& session) -> Result<std::string> {
        auto first = id_of_source(session, retrospective.source_id);
        if (first) return *first;
        if (has_one(session, retrospective.sprint_id)) {
            return fail(ErrorCode::kConflict, fmt::format("Sprint {} has a retrospective already.",
                                                          retrospective.sprint_id));
        }
        insert(session, retrospective, id, now);
        return id;
    });
    co_return added;
}

boost::asio::awaitable<Result<std::vector<StoredRetrospective>>> SqlRetrospectiveStore::find(
    RetrospectiveFilter filter) {
    auto found = co_await database_->read(
        [&](soci::session& session) -> Result<std::vector<StoredRetrospective>> {
            auto rows = rows_of(session, filter);
            for (auto& row : rows) {
                row.retrospective.action_items = action_items_of(session, row.id);
                row.retrospective.attendees = attendees_of(session, row.id);
            }
            return rows;
        });
    co_return found;
}

}  // namespace dsm::chronicle
