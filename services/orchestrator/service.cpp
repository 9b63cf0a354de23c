// Puts the orchestrator together: its database, its adapters, its use cases, its routes.
#include "services/orchestrator/service.hpp"

#include <optional>

#include "libs/outbox/outbox.hpp"
#include "libs/outbox/parked_routes.hpp"
#include "libs/rt/task_scope.hpp"
#include "libs/service/call_metrics.hpp"
#include "libs/telemetry/log.hpp"
#include "services/orchestrator/adapters/courier.hpp"
#include "services/orchestrator/adapters/decision_database.hpp"
#include "services/orchestrator/adapters/dependency_watch.hpp"
#include "services/orchestrator/adapters/kube_access_reviews.hpp"
#include "services/orchestrator/adapters/kube_cronjobs.hpp"
#include "services/orchestrator/adapters/preflight.hpp"
#include "services/orchestrator/adapters/service_clients.hpp"
#include "services/orchestrator/adapters/sql_decision_store.hpp"
#include "services/orchestrator/adapters/sql_intent_store.hpp"
#include "services/orchestrator/adapters/sql_turns.hpp"
#include "services/orchestrator/app/recovery.hpp"
#include "services/orchestrator/core/naming.hpp"
#include "services/orchestrator/http/orchestrate_routes.hpp"
#include "services/orchestrator/http/readiness.hpp"
#include "services/orchestrator/http/workspace_routes.hpp"

namespace dsm::orchestrator {

namespace asio = boost::asio;

namespace {

constexpr const char* kName = "project-orchestrator";

CronJobTemplate template_of(const Config& config) {
    const JobAddresses addresses = JobAddresses::in_namespace(config.name_space);
    return {.name_space = config.name_space,
            .image = config.image,
            .project_url = addresses.project_url,
            .sprint_url = addresses.sprint_url,
            .chronicle_url = addresses.chronicle_url};
}

class OrchestratorService final : public service::Service {
public:
    OrchestratorService(Config config, service::Environment environment);

    std::string name() const override { return kName; }
    void add_routes(http::Router& router) override;

    asio::awaitable<Result<void>> start() override;
    void measure() override;
    asio::awaitable<void> finish(std::chrono::milliseconds limit) override;
    asio::awaitable<void> stop(std::chrono::milliseconds limit) override;

private:
    http::DependencyClient caller(const std::string& url, Dependency& dependency,
                                  const rt::CallPolicy& policy) {
        return {client_, url, dependency, policy, environment_.clock, environment_.random};
    }
    asio::awaitable<Landing> fly(Command command, Riders riders, Call call);
    asio::awaitable<http::Response> ready();

    Config config_;
    service::Environment environment_;
    rt::SystemClock machine_;
    Dependencies dependencies_;
    service::CallMetrics call_metrics_;
    http::Client client_;
    kube::Client cluster_;
    std::unique_ptr<sql::Database> database_;
    std::optional<sql::AdvisoryLocks> locks_;
    std::optional<outbox::Relay> relay_;

    HttpProjectDirectory projects_;
    HttpBacklog backlog_;
    HttpSprintDirectory sprints_;
    KubeCronJobs cronjobs_;
    SqlDecisionStore store_;
    SqlIntentStore intents_;
    SqlTurns turns_;
    Courier courier_;
    DependencyWatch watch_;
    KubeAccessReviews reviews_;

    CronJobKeeper keeper_;
    ProjectAnalyzer analyzer_;
    Performer performer_;
    Recorder recorder_;
    Settler settler_;
    Orchestrator orchestrator_;
    Preflight preflight_;
    rt::TaskScope flying_;  ///< orchestrations in progress: finished before anything else ends
    rt::TaskScope tasks_;
    Flights flights_;
    IdempotentRequests requests_;
    Recovery recovery_;
    ProjectStatus status_;
    CronJobImport import_;
    OrchestrateRoutes orchestrate_routes_;
    WorkspaceRoutes workspace_routes_;
};

OrchestratorService::OrchestratorService(Config config, service::Environment environment)
    : config_(std::move(config)),
      environment_(environment),
      dependencies_(environment.clock, config_.calls),
      call_metrics_(environment.metrics),
      client_(environment.executor, {}, environment.clock),
      cluster_(environment.executor, config_.cluster,
               {.user_agent = kFieldManager,
                .field_manager = kFieldManager,
                .policy = config_.calls.cluster,
                .repeats = &dependencies_.cluster.repeats()},
               environment.clock),
      projects_(
          ServiceCaller(caller(config_.project_url, dependencies_.project, config_.calls.project))),
      backlog_(
          ServiceCaller(caller(config_.backlog_url, dependencies_.backlog, config_.calls.backlog))),
      sprints_(
          ServiceCaller(caller(config_.sprint_url, dependencies_.sprint, config_.calls.sprint))),
      cronjobs_(cluster_, config_.name_space, dependencies_.cluster, config_.calls.cluster.timeout,
                environment.clock),
      store_(database_, machine_),
      intents_(database_),
      turns_(locks_),
      courier_(caller(config_.chronicle_url, dependencies_.chronicle, config_.calls.chronicle),
               environment.events, dependencies_.stream,
               {.stream_max_length = config_.stream_max_length,
                .chronicle_timeout = config_.calls.chronicle.timeout,
                .stream_timeout = config_.calls.stream.timeout},
               environment.clock),
      watch_(client_, cluster_, environment.events, dependencies_, config_, environment.clock),
      reviews_(cluster_),
      keeper_(cronjobs_, template_of(config_)),
      analyzer_(projects_, backlog_, sprints_, keeper_, store_, environment.clock),
      performer_(sprints_, keeper_),
      recorder_(store_, config_.stream_name),
      settler_(analyzer_, sprints_, cronjobs_, performer_, recorder_, store_, intents_,
               environment.clock),
      orchestrator_(analyzer_, performer_, recorder_, settler_, intents_, environment.clock,
                    environment.random),
      preflight_(reviews_, config_.name_space, environment.clock),
      flying_(environment.executor),
      tasks_(environment.executor),
      flights_(flying_, turns_, environment.clock, config_.request_timeout, config_.waiting_limit,
               [this](Command command, Riders riders, Call call) {
                   return fly(std::move(command), std::move(riders), std::move(call));
               }),
      requests_(store_, flying_),
      recovery_(
          store_, intents_, cronjobs_,
          [this](ProjectId project, Call call) {
              return flights_.settle(std::move(project), std::move(call));
          },
          {.call_timeout = config_.request_timeout}, environment.clock),
      status_(projects_, backlog_, sprints_, cronjobs_, store_, environment.clock),
      import_(sprints_, keeper_, store_),
      orchestrate_routes_(flights_, requests_, status_, cronjobs_),
      workspace_routes_(import_, store_) {}

void OrchestratorService::add_routes(http::Router& router) {
    orchestrate_routes_.add_to(router);
    workspace_routes_.add_to(router);
    outbox::add_parked_routes(
        router, [this] { return database_.get(); }, [this] { relay_->wake(); });
    router.add("GET", "/health/ready", [this](http::Request) { return ready(); });
}

asio::awaitable<Result<void>> OrchestratorService::start() {
    if (config_.database.service.empty()) config_.database.service = kName;
    auto opened = sql::Database::open(config_.database, decision_migrations());
    if (!opened) co_return std::unexpected(opened.error());
    database_ = std::move(*opened);
    locks_.emplace(config_.database, environment_.executor, environment_.clock,
                   environment_.random);
    relay_.emplace(
        *database_, [this](const outbox::Row& row) { return courier_.deliver(row); },
        outbox::RelaySettings{.service = kName,
                              .retention = config_.outbox_retention,
                              .events = &environment_.events,
                              .stream_max_length = config_.stream_max_length,
                              .turns = &*locks_},
        environment_.clock, environment_.random, environment_.metrics);
    tasks_.spawn("deliver records", [this] { return relay_->run(); });
    tasks_.spawn("recover", [this] { return recovery_.run(); });
    tasks_.spawn("watch dependencies", [this] { return watch_.run(); });
    tasks_.spawn("preflight", [this] { return preflight_.run(); });
    co_return Result<void>{};
}

void OrchestratorService::measure() {
    service::measure_store(environment_.metrics, kName, database_);
    call_metrics_.publish("project-service", dependencies_.project.tally());
    call_metrics_.publish("backlog-service", dependencies_.backlog.tally());
    call_metrics_.publish("sprint-service", dependencies_.sprint.tally());
    call_metrics_.publish("chronicle-service", dependencies_.chronicle.tally());
    call_metrics_.publish("kubernetes", dependencies_.cluster.tally());
    if (const auto redis = environment_.events.tally()) call_metrics_.publish("redis", *redis);
}

/// DRAIN-EXIT: what was begun is finished and recorded. What cannot be in time is cut off without a
/// record of an outcome that only the stop left unknown: its open intent, or the CronJob that
/// carries its decision, is settled by the next start.
asio::awaitable<void> OrchestratorService::finish(std::chrono::milliseconds limit) {
    co_await flying_.join(limit);
    flying_.cancel();
}

asio::awaitable<void> OrchestratorService::stop(std::chrono::milliseconds limit) {
    co_await flying_.join(limit / 2);
    tasks_.cancel();
    co_await tasks_.join(limit / 8);
    if (locks_) co_await locks_->close(limit / 8);
    client_.close();
    cluster_.close();
}

asio::awaitable<Landing> OrchestratorService::fly(Command command, Riders riders, Call call) {
    const std::string project = command.project.str();
    const std::string correlation_id = call.trace.correlation_id;
    auto landing =
        co_await orchestrator_.orchestrate(std::move(command), std::move(riders), std::move(call));
    const auto& answer = landing.answer;
    if (answer) {
        // The record is committed; its delivery need not wait for the relay's next look.
        relay_->wake();
    } else {
        telemetry::log(telemetry::Level::kWarning, kName, "orchestration_failed",
                       {{"project_id", project},
                        {"status", answer.error().status},
                        {"detail", answer.error().detail},
                        {"correlation_id", correlation_id}});
    }
    co_return landing;
}

asio::awaitable<http::Response> OrchestratorService::ready() {
    co_return readiness(service::health_of(database_), dependencies_, preflight_.findings(),
                        environment_.clock.wall());
}

}  // namespace

JobAddresses JobAddresses::in_namespace(const std::string& name_space) {
    const auto address = [&](const char* service) {
        return fmt::format("http://{}.{}.svc.cluster.local", service, name_space);
    };
    return {.project_url = address("project-service"),
            .sprint_url = address("sprint-service"),
            .chronicle_url = address("chronicle-service")};
}

std::unique_ptr<service::Service> make_service(Config config, service::Environment environment) {
    return std::make_unique<OrchestratorService>(std::move(config), environment);
}

}  // namespace dsm::orchestrator
