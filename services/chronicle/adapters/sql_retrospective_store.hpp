// RetrospectiveStore on SQL.
#pragma once

#include "services/chronicle/adapters/chronicle_database.hpp"
#include "services/chronicle/app/note_store.hpp"

namespace dsm::chronicle {

class SqlRetrospectiveStore final : public RetrospectiveStore {
public:
    /// `database` outlives this and is open before the first call.
    explicit SqlRetrospectiveStore(ChronicleDatabase& database) : database_(database) {}

    boost::asio::awaitable<Result<std::string>> add(Retrospective retrospective, std::string id,
                                                    Instant now) override;
    boost::asio::awaitable<Result<std::vector<StoredRetrospective>>> find(
        RetrospectiveFilter filter) override;

private:
    ChronicleDatabase& database_;
};

}  // namespace dsm::chronicle
