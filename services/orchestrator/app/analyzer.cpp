#include "services/orchestrator/app/analyzer.hpp"

#include "libs/rt/parallel.hpp"

namespace dsm::orchestrator {
namespace asio = boost::asio;
namespace {

/// One read's answer and when it came.
template <class T>
struct Reading {
    std::optional<Outcome<T>> outcome;
    rt::Steady at{};

    const Failure* failure() const { return outcome && !*outcome ? &outcome->error() : nullptr; }

    Input<T> input(rt::Steady now) {
        return Known<T>{std::move(**outcome),
                        std::chrono::floor<std::chrono::milliseconds>(now - at)};
    }
};

template <class T>
asio::awaitable<void> read_into(Reading<T>& reading, const rt::Clock& clock,
                                asio::awaitable<Outcome<T>> read) {
    reading.outcome = co_await std::move(read);
    reading.at = clock.steady();
}

}  // namespace

ProjectAnalyzer::ProjectAnalyzer(ProjectDirectory& projects, Backlog& backlog,
                                 SprintDirectory& sprints, CronJobKeeper& cronjobs,
                                 DecisionStore& store, const rt::Clock& clock)
    : projects_(projects),
      backlog_(backlog),
      sprints_(sprints),
      cronjobs_(cronjobs),
      store_(store),
      clock_(clock) {}

asio::awaitable<Outcome<Snapshot>> ProjectAnalyzer::analyze(ProjectId project, Options options,
                                                            Call call) {
    Snapshot snapshot{.project_id = project, .today = clock_.today(), .options = options};
    const Date end = snapshot.today + std::chrono::days(7 * options.sprint_duration_weeks);
    Reading<Project> details;
    Reading<std::int64_t> team;
    Reading<Availability> availability;
    Reading<BacklogSummary> backlog;
    Reading<std::vector<Sprint>> sprints;
    std::optional<Result<std::optional<ProjectSettings>>> settings;
    std::vector<std::function<asio::awaitable<void>()>> reads{
        [&] { return read_into(details, clock_, projects_.project(project, call)); },
        [&] { return read_into(team, clock_, projects_.team_size(project, call)); },
        [&] {
            return read_into(availability, clock_,
                             projects_.availability(project, snapshot.today, end, call));
        },
        [&] { return read_into(backlog, clock_, backlog_.summary(project, call)); },
        [&] { return read_into(sprints, clock_, sprints_.of_project(project, call)); },
        [&]() -> asio::awaitable<void> { settings = co_await store_.settings(project); }};
    co_await rt::when_all(std::move(reads));

    for (const Failure* failure : {details.failure(), team.failure(), availability.failure(),
                                   backlog.failure(), sprints.failure()}) {
        if (failure) co_return std::unexpected(*failure);
    }
    if (!*settings) co_return database_failed(settings->error());

    snapshot.settings = Absent{};
    if (**settings) snapshot.settings = Known<ProjectSettings>{***settings};
    snapshot.sprints = sprints.input(sprints.at);
    if (const Sprint* active = active_sprint(snapshot)) {
        snapshot.cronjob =
            co_await cronjobs_.look(project, active->id, value_of(snapshot.settings), call);
    }
    const auto now = clock_.steady();
    snapshot.project = details.input(now);
    snapshot.team_size = team.input(now);
    snapshot.availability = availability.input(now);
    snapshot.backlog = backlog.input(now);
    std::get<Known<std::vector<Sprint>>>(snapshot.sprints).age =
        std::chrono::floor<std::chrono::milliseconds>(now - sprints.at);
    co_return snapshot;
}

}  // namespace dsm::orchestrator
