#include "services/orchestrator/app/cronjob_keeper.hpp"

#include "services/orchestrator/core/naming.hpp"

namespace dsm::orchestrator {
namespace asio = boost::asio;
namespace {

template <class... Cases>
struct Match : Cases... {
    using Cases::operator()...;
};

std::string name_of(const boost::json::object& object) {
    return std::string(object.at("metadata").at("name").as_string());
}

}  // namespace

CronJobKeeper::CronJobKeeper(CronJobs& cronjobs, CronJobTemplate common)
    : cronjobs_(cronjobs), common_(std::move(common)) {}

boost::json::object CronJobKeeper::expected_object(const ProjectId& project, const SprintId& sprint,
                                                   const ProjectSettings* settings) const {
    return cronjob_object(common_, {.project = project,
                                    .sprint = sprint,
                                    .schedule = schedule_expected(settings),
                                    .time_zone = settings ? settings->time_zone : std::nullopt});
}

asio::awaitable<Input<CronJobState>> CronJobKeeper::look(ProjectId project, SprintId sprint,
                                                         const ProjectSettings* settings,
                                                         Call call) {
    const boost::json::object expected = expected_object(project, sprint, settings);
    const auto outcome = co_await cronjobs_.get(cronjob_name(project, sprint), call);
    using Seen = Input<CronJobState>;
    co_return std::visit(
        Match{[&](const kube::Absent&) -> Seen { return Absent{}; },
              [&](const kube::Present& found) -> Seen {
                  CronJobState state = compare_cronjob(found.object, expected);
                  if (state.managed) {
                      state.decision = DecisionId(annotation(found.object, "decision-id"));
                  }
                  return Known<CronJobState>{std::move(state)};
              },
              [&](const kube::Forbidden& forbidden) -> Seen {
                  return Unknown{kube::describe(forbidden)};
              },
              [&](const kube::Unknown& unknown) -> Seen { return Unknown{unknown.why}; }},
        outcome);
}

asio::awaitable<CronJobResult> CronJobKeeper::make(CronJobRequest request,
                                                   const ProjectSettings* settings, Call call) {
    boost::json::object expected = expected_object(request.project, request.sprint, settings);
    const std::string decision = request.decision ? request.decision->str() : std::string();
    const auto outcome = co_await cronjobs_.create(cronjob_object(common_, request), call);
    if (std::holds_alternative<kube::Created>(outcome)) co_return CronJobMade{};
    if (const auto* refused = std::get_if<kube::Refused>(&outcome)) {
        co_return CronJobRefused{fmt::format("{}: {}", refused->reason, refused->message)};
    }
    if (const auto* forbidden = std::get_if<kube::Forbidden>(&outcome)) {
        co_return CronJobRefused{fmt::format("Forbidden: {}", kube::describe(*forbidden))};
    }
    const auto* unknown = std::get_if<kube::Unknown>(&outcome);
    std::string why = unknown ? unknown->why : "it existed, and was gone when it was looked at";
    co_return co_await read_back(std::move(expected), decision, std::move(why), call);
}

asio::awaitable<CronJobResult> CronJobKeeper::read_back(boost::json::object expected,
                                                        std::string decision, std::string why,
                                                        Call call) {
    const auto outcome = co_await cronjobs_.get(name_of(expected), call);
    const auto* present = std::get_if<kube::Present>(&outcome);
    if (!present) co_return CronJobUncertain{std::move(why)};
    if (!decision.empty() && annotation(present->object, "decision-id") == decision) {
        co_return CronJobMade{};
    }
    co_return CronJobFound{compare_cronjob(present->object, expected)};
}

}  // namespace dsm::orchestrator
