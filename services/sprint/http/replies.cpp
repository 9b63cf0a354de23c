// One place maps failures to statuses.
#include "services/sprint/http/replies.hpp"

#include <boost/json.hpp>

namespace dsm::sprint {

http::Response refuse(const Failure& failure) {
    int status = 503;
    switch (failure.kind) {
        case Failure::Kind::kNotFound:
            status = 404;
            break;
        case Failure::Kind::kConflict:
            status = 409;
            break;
        case Failure::Kind::kInvalid:
            status = 422;
            break;
        case Failure::Kind::kBadAnswer:
            status = 502;
            break;
        case Failure::Kind::kUnavailable:
            break;
    }
    auto answer = http::error(status, failure.detail);
    if (failure.retry_after) {
        answer.headers.set("Retry-After", std::to_string(failure.retry_after->count()));
    }
    return answer;
}

http::Response no_sprint(const std::string& id) {
    return http::error(404, "Sprint " + id + " not found.");
}

boost::json::array to_array(const std::vector<Sprint>& sprints) {
    boost::json::array array;
    array.reserve(sprints.size());
    for (const Sprint& sprint : sprints) array.push_back(to_json(sprint));
    return array;
}

boost::json::array to_array(const std::vector<Task>& tasks, const std::string& sprint_id) {
    boost::json::array array;
    array.reserve(tasks.size());
    for (const Task& task : tasks) array.push_back(to_json(task, sprint_id));
    return array;
}

}  // namespace dsm::sprint
