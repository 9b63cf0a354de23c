// Requests and events meet here: whichever came later in time wins, whichever arrives first.
#include "services/backlog/core/task.hpp"

#include <array>
#include <charconv>

#include "libs/base/identifier.hpp"

namespace dsm::backlog {
namespace {

struct Sample {
    const char* title;
    const char* description;
};

constexpr std::array<Sample, 10> kSamples{{
    {"Set up the project repository", "Create the repository, its branches and its first build."},
    {"Design the data model", "Agree on entities, keys and how they relate."},
    {"Build the sign-in flow", "Sign in, sign out, and a forgotten password."},
    {"Implement the core service", "The first end-to-end use case behind an interface."},
    {"Write the public interface", "Endpoints, errors and examples for those who call us."},
    {"Create the overview page", "What a user sees first, with real data."},
    {"Add automated tests", "Unit and contract tests that run on every change."},
    {"Set up continuous delivery", "From a merged change to the test environment without hands."},
    {"Add monitoring", "Logs, metrics and alerts for what users notice."},
    {"Prepare the first release", "Notes, a checklist and a way back."},
}};

bool is_older(Instant at, const DatedTask& task) {
    return task.state_at && at < *task.state_at;
}

}  // namespace

bool TaskChange::empty() const {
    return !title && !description && !status && !assigned_to && !sprint_id && !clear_sprint &&
           !progress_percentage;
}

void apply(const TaskChange& change, Instant now, DatedTask& dated) {
    Task& task = dated.task;
    if (change.title) task.title = *change.title;
    if (change.description) task.description = *change.description;
    if (change.assigned_to) task.assigned_to = *change.assigned_to;
    if (change.updated_at && is_older(*change.updated_at, dated)) return;

    const bool clears = change.clear_sprint || (change.status == kUnassigned && !change.sprint_id);
    if (change.status) task.status = *change.status;
    if (change.sprint_id) task.sprint_id = *change.sprint_id;
    if (clears) task.sprint_id.reset();
    if (change.progress_percentage) task.progress_percentage = *change.progress_percentage;
    const bool state_changed =
        change.status || change.sprint_id || clears || change.progress_percentage;
    if (state_changed) dated.state_at = change.updated_at.value_or(now);
}

bool apply(const TakenBySprint& event, DatedTask& dated) {
    const bool already_in = dated.task.sprint_id == event.sprint_id;
    if (already_in || is_older(event.at, dated)) return false;
    dated.task.status = kAssignedToSprint;
    dated.task.sprint_id = event.sprint_id;
    dated.state_at = event.at;
    return true;
}

bool apply(const TaskUpdated& event, DatedTask& dated) {
    if (is_older(event.updated_at, dated)) return false;
    dated.task.status = event.status;
    dated.task.progress_percentage = event.progress_percentage;
    if (event.sprint_id) dated.task.sprint_id = *event.sprint_id;
    if (event.status == kUnassigned) dated.task.sprint_id.reset();
    dated.state_at = event.updated_at;
    return true;
}

std::vector<Task> sample_tasks(const std::string& project_id) {
    std::vector<Task> tasks;
    for (const Sample& sample : kSamples) {
        const auto number = static_cast<std::int64_t>(tasks.size()) + 1;
        tasks.push_back({.id = task_id(project_id, number),
                         .project_id = project_id,
                         .title = sample.title,
                         .description = sample.description});
    }
    return tasks;
}

std::string task_id(const std::string& project_id, std::int64_t number) {
    std::string digits = std::to_string(number);
    if (digits.size() < 3) digits.insert(0, 3 - digits.size(), '0');
    return project_id + "-TASK" + digits;
}

bool can_number_tasks(const std::string& project_id) {
    constexpr std::int64_t kLastOfThreeDigits = 999;
    return is_valid_id(task_id(project_id, kLastOfThreeDigits));
}

std::optional<std::int64_t> task_number(const std::string& project_id, std::string_view id) {
    const std::string prefix = project_id + "-TASK";
    if (!id.starts_with(prefix)) return std::nullopt;
    const std::string_view digits = id.substr(prefix.size());
    constexpr std::size_t kMostDigits = 9;
    if (digits.size() < 3 || digits.size() > kMostDigits) return std::nullopt;
    std::int64_t number = 0;
    const auto [end, failed] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool whole = failed == std::errc{} && end == digits.data() + digits.size();
    return whole && digits[0] != '-' ? std::optional(number) : std::nullopt;
}

}  // namespace dsm::backlog
