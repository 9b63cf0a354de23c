#include "services/orchestrator/core/snapshot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace dsm::orchestrator {
namespace {

/// The number of `{project}-S{digits}`, or nullopt. One that does not fit an int64 does not count.
std::optional<std::int64_t> sprint_number(std::string_view id, std::string_view project) {
    if (!id.starts_with(project)) return std::nullopt;
    id.remove_prefix(project.size());
    if (!id.starts_with("-S")) return std::nullopt;
    id.remove_prefix(2);
    if (id.size() < 2 || id.front() == '-') return std::nullopt;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
    if (error != std::errc{} || end != id.data() + id.size()) return std::nullopt;
    return number;
}

}  // namespace

const Sprint* active_sprint(const Snapshot& snapshot) {
    const auto* sprints = value_of(snapshot.sprints);
    if (!sprints) return nullptr;
    const auto found = std::ranges::find_if(*sprints, &Sprint::active);
    return found == sprints->end() ? nullptr : &*found;
}

std::string next_sprint_name(const ProjectId& project, const std::vector<Sprint>& sprints) {
    std::int64_t highest = 0;
    for (const Sprint& sprint : sprints) {
        const auto number = sprint_number(sprint.id.str(), project.str());
        // The largest int64 has no successor; an id that far is no number of ours.
        if (number && *number < INT64_MAX) highest = std::max(highest, *number);
    }
    return fmt::format("{}-S{:02}", project.str(), highest + 1);
}

std::string schedule_to_create(const Snapshot& snapshot) {
    if (snapshot.options.schedule) return *snapshot.options.schedule;
    return schedule_expected(value_of(snapshot.settings));
}

std::string schedule_expected(const ProjectSettings* settings) {
    return settings && settings->schedule ? *settings->schedule : kDefaultSchedule;
}

}  // namespace dsm::orchestrator
