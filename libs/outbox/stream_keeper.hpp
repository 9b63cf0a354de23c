// Notices what a stream lost of the delivered rows, and lets those rows wait again. Internal to
// libs/outbox.
#pragma once

#include <map>

#include "libs/outbox/entry_ids.hpp"
#include "libs/outbox/outbox.hpp"

namespace dsm::outbox {

/// A stream loses its end (a failover to a replica that lagged) or everything (FLUSHALL, a restart
/// without persistence). So the last rows put into it are looked for before each batch: a row that
/// was last before another was put there shows a loss in between as well. Runs on the relay's
/// executor; one call a destination at a time.
class StreamKeeper {
public:
    StreamKeeper(sql::Database& database, stream::EventStream& events, std::size_t max_length,
                 const rt::Clock& clock)
        : database_(database), events_(events), max_length_(max_length), clock_(clock) {}

    /// How many rows wait again: those the stream lost, all in one transaction, so that they are
    /// published in their order. None for what the stream's bound on its length removed.
    boost::asio::awaitable<Result<std::size_t>> make_whole(std::string destination);

    /// The last row of a batch.
    void was_delivered(const Row& row);

    /// A later entry id for a row whose own is taken; "" when the row does not wait any more.
    boost::asio::awaitable<Result<std::string>> renumber(Row row);

private:
    struct Watch {
        bool loaded = false;
        std::vector<Published> rows;  ///< to be looked for, oldest first
    };

    boost::asio::awaitable<Result<void>> load(std::string destination, Watch& watch);
    boost::asio::awaitable<Result<std::vector<std::int64_t>>> lost_rows(std::string destination,
                                                                        std::int64_t missing,
                                                                        std::int64_t newest);
    boost::asio::awaitable<Result<bool>> has(std::string stream, Published row);
    rt::Deadline soon() const;

    sql::Database& database_;
    stream::EventStream& events_;
    const std::size_t max_length_;
    const rt::Clock& clock_;
    std::map<std::string, Watch> watches_;
};

}  // namespace dsm::outbox
