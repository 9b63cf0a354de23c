#include "services/orchestrator/adapters/sql_intent_store.hpp"

#include <soci/soci.h>

#include "services/orchestrator/adapters/intent_document.hpp"

namespace dsm::orchestrator {

Awaited<Result<void>> SqlIntentStore::open(Undertaking undertaking) {
    const std::string id = undertaking.stamp.decision_id.str();
    const std::string project = undertaking.snapshot.project_id.str();
    const std::string document = intent_document(undertaking);
    const auto written = co_await database_->write([&](soci::session& session) -> Result<void> {
        session << "INSERT INTO intents (decision_id, project_id, document)"
                   " VALUES (:id, :project, :document)",
            soci::use(id), soci::use(project), soci::use(document);
        return {};
    });
    if (written || written.error().code != ErrorCode::kUnknown) co_return written;
    // The answer to the commit was lost. A row that is there is proof; that none is there is none:
    // the commit may be on its way.
    int found = 0;
    const auto read = co_await database_->read([&](soci::session& session) -> Result<void> {
        session << "SELECT COUNT(*) FROM intents WHERE decision_id = :id", soci::use(id),
            soci::into(found);
        return {};
    });
    if (!read || found == 0) co_return written;
    co_return Result<void>{};
}

Awaited<Result<std::vector<Undertaking>>> SqlIntentStore::all_open(ProjectId project,
                                                                   std::size_t limit) {
    using Found = Result<std::vector<Undertaking>>;
    co_return co_await database_->read([project, limit](soci::session& session) -> Found {
        const int count = static_cast<int>(limit);
        std::string id;
        std::string document;
        soci::statement select =
            (session.prepare << "SELECT decision_id, document FROM intents"
                                " WHERE project_id = :project"
                                " ORDER BY seq LIMIT :count",
             soci::use(project.str()), soci::use(count), soci::into(id), soci::into(document));
        std::vector<Undertaking> found;
        select.execute();
        while (select.fetch()) {
            auto undertaking = parse_intent(document);
            if (!undertaking) {
                return fail(
                    ErrorCode::kInvalid,
                    fmt::format("the intent of decision {} cannot be read by this version", id));
            }
            found.push_back(std::move(*undertaking));
        }
        return found;
    });
}

Awaited<Result<std::vector<ProjectId>>> SqlIntentStore::projects(ProjectId after,
                                                                 std::size_t limit) {
    using Found = Result<std::vector<ProjectId>>;
    co_return co_await database_->read([after, limit](soci::session& session) -> Found {
        const int count = static_cast<int>(limit);
        std::string project;
        soci::statement select =
            (session.prepare << "SELECT DISTINCT project_id FROM intents WHERE project_id > :after"
                                " ORDER BY project_id LIMIT :count",
             soci::use(after.str()), soci::use(count), soci::into(project));
        std::vector<ProjectId> found;
        select.execute();
        while (select.fetch()) found.emplace_back(project);
        return found;
    });
}

Awaited<Result<void>> SqlIntentStore::close(DecisionId id) {
    co_return co_await database_->write([&id](soci::session& session) -> Result<void> {
        session << "DELETE FROM intents WHERE decision_id = :id", soci::use(id.str());
        return {};
    });
}

}  // namespace dsm::orchestrator
