// Whether a project exists, as project-service knows it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "libs/base/result.hpp"
#include "libs/rt/clock.hpp"

namespace dsm::backlog {

struct ProjectAnswer {
    enum class Kind {
        kExists,
        kMissing,
        kRefused,      ///< it answered something else: `detail` is the sentence for our caller
        kUnreachable,  ///< no answer, or it is not asked for now: `detail` is the sentence
    };
    Kind kind = Kind::kUnreachable;
    std::string detail;
    /// When it is worth asking again, where that is known.
    std::optional<std::chrono::seconds> retry_after{};
};

class ProjectDirectory {
public:
    virtual ~ProjectDirectory() = default;

    virtual boost::asio::awaitable<ProjectAnswer> look_up(std::string project_id,
                                                          std::string correlation_id,
                                                          std::string traceparent,
                                                          rt::Deadline deadline) = 0;
};

}  // namespace dsm::backlog
