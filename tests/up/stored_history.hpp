// What a system has on record, to hold against what its clients were told.
#pragma once

#include <set>
#include <string>

#include "tests/up/running_system.hpp"

namespace dsm::testing {

/// Each decision that the orchestrator keeps has one event, one note and one audit. The text says
/// what is not so; empty: all of it is.
std::string unmatched_records(const RunningSystem& system, const std::set<std::string>& projects);

/// The decisions that the orchestrator keeps of a project.
std::multiset<std::string> decisions_of(const RunningSystem& system, const std::string& project);

}  // namespace dsm::testing
