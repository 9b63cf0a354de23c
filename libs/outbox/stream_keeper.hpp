// Notices what a stream lost of the delivered rows, and lets those rows wait again. Internal to
// libs/outbox.
#pragma once

#include <map>

#include "libs/outbox/entry_ids.hpp"
#include "libs/outbox/outbox.hpp"

namespace dsm::outbox {

/// A stream loses its end (a failover to a replica that lagged) or everything (FLUSHALL, a restart
/// without persistence). So before each batch the rows of the last one are looked for, and the row
/// that was last before these: what is missing of them shows a loss between the appends as well.
/// Runs on the relay's executor; one call a destination at a time.
class StreamKeeper {
public:
    StreamKeeper(sql::Database& database, stream::EventStream& events, std::size_t max_length,
                 const rt::Clock& clock)
        : database_(database), events_(events), max_length_(max_length), clock_(clock) {}

    /// How many rows wait again, all in one transaction, so that they are published in their order:
    /// those the stream lost, and those of the same key that were put behind the gap meanwhile,
    /// whose entries are removed. None for what the stream's bound on its length removed.
    boost::asio::awaitable<Result<std::size_t>> make_whole(std::string destination);

    /// Each row of a batch, in the order in which they were put there.
    void was_delivered(const std::string& destination, Published row);

    /// A later entry id for a row whose own is taken; "" when the row does not wait any more.
    boost::asio::awaitable<Result<std::string>> renumber(Row row);

private:
    struct Watch {
        bool loaded = false;
        std::vector<Published> rows;  ///< to be looked for, oldest first
    };

    boost::asio::awaitable<Result<void>> load(std::string destination, Watch& watch);
    /// What make_whole puts right.
    struct Gap {
        std::vector<Published> lost;
        std::vector<Published> behind;  ///< there, and newer than a lost row of the same key
    };

    /// The rows of `rows` that are not in the stream any more.
    boost::asio::awaitable<Result<std::vector<Published>>> missing_of(std::string stream,
                                                                      std::vector<Published> rows);
    boost::asio::awaitable<Result<Gap>> gap(std::string destination, std::int64_t missing,
                                            std::int64_t newest);
    static Gap gap_of(std::vector<Published> lost, std::vector<Published> there);
    boost::asio::awaitable<Result<void>> close(std::string destination, Gap gap);
    boost::asio::awaitable<Result<bool>> has(std::string stream, Published row);
    rt::Deadline soon() const;

    sql::Database& database_;
    stream::EventStream& events_;
    const std::size_t max_length_;
    const rt::Clock& clock_;
    std::map<std::string, Watch> watches_;
};

}  // namespace dsm::outbox
