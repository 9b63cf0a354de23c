// What backlog-service needs to know at start.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "libs/rt/call_policy.hpp"
#include "libs/sql/database.hpp"

namespace dsm::backlog {

struct Config {
    sql::DatabaseSettings database;
    std::string project_url;                  ///< "http://127.0.0.1:8081", no slash at the end
    std::size_t stream_max_length = 100'000;  ///< about so many entries a stream keeps
    rt::CallPolicy calls;                     ///< of every call to project-service
    std::chrono::milliseconds probe_interval{2'000};  ///< how old `/health/ready` may be
};

}  // namespace dsm::backlog
