// What sprint-service needs to know at start.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "libs/rt/call_policy.hpp"
#include "libs/sql/database.hpp"

namespace dsm::sprint {

/// How each of them is called.
struct CallPolicies {
    rt::CallPolicy project;
    rt::CallPolicy backlog;
    rt::CallPolicy chronicle;
    rt::CallPolicy stream;  ///< its deadline alone: the stream keeps the rest itself

    template <class Change>
    void change_all(Change change) {
        for (auto* one : {&project, &backlog, &chronicle, &stream}) change(*one);
    }
};

struct Config {
    sql::DatabaseSettings database;
    std::string project_url;  ///< "http://127.0.0.1:8081", no slash at the end
    std::string backlog_url;
    std::string chronicle_url;
    /// Demonstrations only: a daily scrum makes up progress instead of reporting what happened.
    bool simulated_progress = false;
    std::size_t stream_max_length = 100'000;   ///< about so many entries a stream keeps
    std::chrono::hours outbox_retention{168};  ///< of delivered rows, to publish them again
    CallPolicies calls;
    std::chrono::milliseconds probe_interval{2'000};  ///< how old `/health/ready` may be
};

}  // namespace dsm::sprint
