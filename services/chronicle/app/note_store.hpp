// The notes and retrospectives as the routes and the consumer need them kept.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/result.hpp"
#include "services/chronicle/core/note.hpp"

namespace dsm::chronicle {

enum class Decisions { kLeftOut, kIncluded };

/// Every field that is given must hold. Ids are compared byte by byte.
struct NoteFilter {
    NoteType type = NoteType::kDailyScrumReport;
    std::optional<std::string> project_id;
    std::optional<std::string> sprint_id;
    std::optional<std::string> date;            ///< of the report, or one that it reports on
    std::optional<Instant> since;               ///< by the note's own time
    Decisions decisions = Decisions::kLeftOut;  ///< of the daily scrum reports
    std::optional<std::int64_t> limit;
};

/// Failures beside those named: kUnavailable and kUnknown of the database.
class NoteStore {
public:
    virtual ~NoteStore() = default;

    /// The note's id: `id`, or that of the note with the same type and source id, which is kept as
    /// it is.
    virtual boost::asio::awaitable<Result<std::string>> add(Note note, std::string id,
                                                            Instant now) = 0;
    /// Newest first, by arrival.
    virtual boost::asio::awaitable<Result<std::vector<StoredNote>>> find(NoteFilter filter) = 0;
};

struct RetrospectiveFilter {
    std::optional<std::string> project_id;
    std::optional<std::string> sprint_id;
    std::optional<std::int64_t> limit;
};

class RetrospectiveStore {
public:
    virtual ~RetrospectiveStore() = default;

    /// As NoteStore::add. kConflict: the sprint has one from another source.
    virtual boost::asio::awaitable<Result<std::string>> add(Retrospective retrospective,
                                                            std::string id, Instant now) = 0;
    /// Newest first, by arrival.
    virtual boost::asio::awaitable<Result<std::vector<StoredRetrospective>>> find(
        RetrospectiveFilter filter) = 0;
};

}  // namespace dsm::chronicle
