// The tasks as the routes and the consumers need them kept.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "libs/base/result.hpp"
#include "services/backlog/core/task.hpp"

namespace dsm::backlog {

struct TaskFilter {
    std::string project_id;
    std::optional<std::string> status;
    std::optional<std::string> assigned_to;
};

/// A sprint began and took these tasks.
struct SprintStarted {
    std::string event_id;
    std::vector<std::string> task_ids;
    TakenBySprint taken;
};

struct ImportCount {
    std::int64_t imported = 0;
    std::int64_t kept = 0;
};

enum class ImportMode { kWrite, kDryRun };

/// Failures beside those named: kUnavailable and kUnknown of the database.
class TaskStore {
public:
    virtual ~TaskStore() = default;

    /// In one transaction; rows that exist are kept as they are. A task without an id gets the
    /// next number of its project.
    virtual boost::asio::awaitable<Result<ImportCount>> add(std::vector<Task> tasks,
                                                            ImportMode mode) = 0;
    /// By task id, in byte order.
    virtual boost::asio::awaitable<Result<std::vector<Task>>> list(TaskFilter filter) = 0;
    /// Every task, by task id.
    virtual boost::asio::awaitable<Result<std::vector<Task>>> list_all() = 0;
    /// Of one project, or of every project that has tasks, by project id.
    virtual boost::asio::awaitable<Result<std::vector<Summary>>> summaries(
        std::optional<std::string> project_id) = 0;
    /// kNotFound.
    virtual boost::asio::awaitable<Result<void>> change(std::string id, TaskChange change,
                                                        Instant now) = 0;
    /// Once an event. Tasks that are not there are no error.
    virtual boost::asio::awaitable<Result<void>> apply(SprintStarted event) = 0;
    virtual boost::asio::awaitable<Result<void>> apply(std::string event_id, TaskUpdated event) = 0;
};

}  // namespace dsm::backlog
