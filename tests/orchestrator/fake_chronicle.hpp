// Chronicle's two doors that the orchestrator knocks at; repeats are told apart as the contract
// says.
#pragma once

#include <boost/json/array.hpp>
#include <set>
#include <string>

#include "tests/orchestrator/fake_server.hpp"

namespace dsm::orchestrator::testing {

class FakeChronicle {
public:
    FakeChronicle();

    boost::json::array notes() const;   ///< of daily_scrum_report
    boost::json::array audits() const;  ///< of decision_audit

private:
    http::Response serve(const http::Request& request);

    std::set<std::string> known_;
    boost::json::array notes_;
    boost::json::array audits_;

public:
    FakeServer server;  // ends before what it serves
};

}  // namespace dsm::orchestrator::testing
