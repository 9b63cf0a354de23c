// Takes in and gives out this service's part of a workspace file (contract section 12).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "libs/base/result.hpp"
#include "services/sprint/core/sprint.hpp"

namespace dsm::sprint {

struct ImportedSprint {
    Sprint sprint;
    std::size_t place = 0;  ///< index in the list of the file
};

struct ImportedTask {
    std::string sprint_id;
    Task task;
    std::size_t place = 0;
};

struct Workspace {
    std::vector<ImportedSprint> sprints;
    std::vector<ImportedTask> tasks;
};

/// A row that contradicts what is stored.
struct ImportProblem {
    std::string place;  ///< "sprints[3]"
    std::string message;
};

struct ImportReport {
    std::size_t imported = 0;
    std::size_t kept = 0;
    std::vector<ImportProblem> problems;  ///< if any, nothing was written
};

/// kDryRun writes nothing, and does not ask whether the sprints of tasks are stored: they may be in
/// a batch that was only checked as well.
enum class ImportMode { kWrite, kDryRun };

class WorkspaceStore {
public:
    virtual ~WorkspaceStore() = default;

    /// Rows that exist are kept as they are. No events and no notes follow.
    virtual boost::asio::awaitable<Result<ImportReport>> import(Workspace workspace,
                                                                ImportMode mode) = 0;
};

}  // namespace dsm::sprint
