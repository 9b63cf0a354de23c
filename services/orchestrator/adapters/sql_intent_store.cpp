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
    // The answer to the commit was lost; what became of it can be read.
    int found = 0;
    const auto read = co_await database_->read([&](soci::session& session) -> Result<void> {
        session << "SELECT COUNT(*) FROM intents WHERE decision_id = :id", soci::use(id),
            soci::into(found);
        return {};
    });
    if (!read) co_return written;
    if (found == 0) co_return fail(ErrorCode::kUnavailable, written.error().message);
    co_return Result<void>{};
}

Awaited<Result<std::vector<Undertaking>>> SqlIntentStore::all_open(std::optional<ProjectId> project,
                                                                   std::size_t limit) {
    using Found = Result<std::vector<Undertaking>>;
    co_return co_await database_->read([project, limit](soci::session& session) -> Found {
        const std::string id = project ? project->str() : std::string();
        const int count = static_cast<int>(limit);
        std::string document;
        const char* const query = project ? "SELECT document FROM intents WHERE project_id = :id"
                                            " ORDER BY seq LIMIT :count"
                                          : "SELECT document FROM intents WHERE :id = ''"
                                            " ORDER BY seq LIMIT :count";
        soci::statement select =
            (session.prepare << query, soci::use(id), soci::use(count), soci::into(document));
        std::vector<Undertaking> found;
        select.execute();
        while (select.fetch()) {
            auto undertaking = parse_intent(document);
            if (undertaking) {
                found.push_back(std::move(*undertaking));
            } else if (project) {
                return fail(ErrorCode::kUnavailable, "an intent of the project cannot be read");
            }
        }
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
