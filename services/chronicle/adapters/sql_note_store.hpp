// NoteStore on SQL.
#pragma once

#include "services/chronicle/adapters/chronicle_database.hpp"
#include "services/chronicle/app/note_store.hpp"

namespace dsm::chronicle {

class SqlNoteStore final : public NoteStore {
public:
    /// `database` outlives this and is open before the first call.
    explicit SqlNoteStore(ChronicleDatabase& database) : database_(database) {}

    boost::asio::awaitable<Result<std::string>> add(Note note, std::string id,
                                                    Instant now) override;
    boost::asio::awaitable<Result<std::vector<StoredNote>>> find(NoteFilter filter) override;

private:
    ChronicleDatabase& database_;
};

}  // namespace dsm::chronicle
