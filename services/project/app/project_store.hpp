// The projects as the routes and the consumer need them kept.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "libs/base/result.hpp"
#include "services/project/core/project.hpp"

namespace dsm::project {

struct Page {
    std::int64_t limit;
    std::int64_t offset = 0;
};

/// A sprint of `project_id` began at `at`, as sprint-service told it.
struct SprintStarted {
    std::string event_id;
    std::string project_id;
    Instant at;
};

/// Failures beside those named: kUnavailable and kUnknown of the database.
class ProjectStore {
public:
    virtual ~ProjectStore() = default;

    /// kConflict: there is one of that id.
    virtual boost::asio::awaitable<Result<void>> add(Project project) = 0;
    /// By id, in byte order.
    virtual boost::asio::awaitable<Result<std::vector<Project>>> list(Page page) = 0;
    /// kNotFound.
    virtual boost::asio::awaitable<Result<Project>> find(std::string id) = 0;
    /// kNotFound.
    virtual boost::asio::awaitable<Result<void>> set_status(std::string id, std::string status,
                                                            Instant now) = 0;
    /// Sets the status to `in_progress`, once an event, and never over a status that was set after
    /// the sprint began. A project that is not there is no error.
    virtual boost::asio::awaitable<Result<void>> apply(SprintStarted event) = 0;
};

}  // namespace dsm::project
