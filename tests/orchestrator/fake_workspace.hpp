// Project-, backlog- and sprint-service over one workspace document (contract section 12), as far
// as the orchestrator asks them.
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "tests/orchestrator/fake_server.hpp"

namespace dsm::orchestrator::testing {

class FakeWorkspace {
public:
    /// `document` holds "workspace" and "clock", as the recorded fixtures do.
    explicit FakeWorkspace(boost::json::value document);

    std::string today() const { return today_; }
    /// Who does the task; "" for nobody.
    std::string assignee_of(std::string_view task) const;
    /// The ids of the project's sprints, the latest first.
    std::vector<std::string> sprints_of(std::string_view project_id) const;

private:
    http::Response serve_project(const http::Request& request) const;
    http::Response serve_backlog(const http::Request& request) const;
    http::Response serve_sprint(const http::Request& request);
    http::Response start_sprint(const std::string& project_id, const http::Request& request);
    const boost::json::object* find_project(std::string_view id) const;
    boost::json::array& table(const char* name);
    const boost::json::array& table(const char* name) const;

    boost::json::object workspace_;
    std::string today_;
    mutable std::mutex mutex_;  ///< sprints and tasks are seen by two servers

public:
    FakeServer project;  // the servers end before what they serve
    FakeServer backlog;
    FakeServer sprint;
};

}  // namespace dsm::orchestrator::testing
