// Whether a project exists, as project-service knows it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "libs/base/result.hpp"
#include "libs/rt/clock.hpp"

namespace dsm::backlog {

struct ProjectAnswer {
    enum class Kind {
        kExists,
        kMissing,
        kRefused,      ///< it answered something else: `detail` is the sentence for our caller
        kUnreachable,  ///< no answer: `detail` says why
    };
    Kind kind = Kind::kUnreachable;
    std::string detail;
};

class ProjectDirectory {
public:
    virtual ~ProjectDirectory() = default;

    virtual boost::asio::awaitable<ProjectAnswer> look_up(std::string project_id,
                                                          std::string correlation_id,
                                                          std::string traceparent,
                                                          rt::Deadline deadline) = 0;
    /// True if project-service says that it lives; asks nothing that makes it ask others.
    virtual boost::asio::awaitable<bool> alive(rt::Deadline deadline) = 0;
};

}  // namespace dsm::backlog
