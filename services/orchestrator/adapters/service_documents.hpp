// The bodies that the other services answer with. nullopt: it is not what the contract says.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <vector>

#include "services/orchestrator/app/ports.hpp"

namespace dsm::orchestrator {

std::optional<Project> parse_project(const boost::json::value& body);
/// The number of members, not of keys.
std::optional<std::int64_t> parse_team_size(const boost::json::value& body);
std::optional<Availability> parse_availability(const boost::json::value& body);
std::optional<BacklogSummary> parse_backlog_summary(const boost::json::value& body);
std::optional<std::vector<Sprint>> parse_sprints(const boost::json::value& body);
std::optional<StartedSprint> parse_started_sprint(const boost::json::value& body);
/// Of a sprint's task summary.
std::optional<std::int64_t> parse_task_count(const boost::json::value& body);
std::optional<SprintPage> parse_sprint_page(const boost::json::value& body);

}  // namespace dsm::orchestrator
