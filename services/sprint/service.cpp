// Puts sprint-service together: its database, its neighbours, its routes, its relay, its consumer.
#include "services/sprint/service.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <optional>

#include "libs/outbox/outbox.hpp"
#include "libs/outbox/parked_routes.hpp"
#include "libs/rt/task_scope.hpp"
#include "libs/service/call_metrics.hpp"
#include "libs/service/readiness.hpp"
#include "libs/stream/consumer.hpp"
#include "services/sprint/adapters/http_neighbours.hpp"
#include "services/sprint/adapters/sql_scrum_journal.hpp"
#include "services/sprint/adapters/sql_sprint_directory.hpp"
#include "services/sprint/adapters/sql_sprint_store.hpp"
#include "services/sprint/adapters/sql_workspace_store.hpp"
#include "services/sprint/app/task_progressed.hpp"
#include "services/sprint/http/directory_routes.hpp"
#include "services/sprint/http/sprint_routes.hpp"
#include "services/sprint/http/workspace_routes.hpp"

namespace dsm::sprint {

namespace asio = boost::asio;

namespace {

constexpr const char* kName = "sprint-service";
constexpr std::chrono::milliseconds kPingTimeout{1'000};

const char* word(bool ok) {
    return ok ? "ok" : "error";
}

class SprintService final : public service::Service {
public:
    SprintService(Config config, service::Environment environment)
        : config_(std::move(config)),
          environment_(environment),
          http_(environment.executor, {}, environment.clock),
          project_client_(neighbour("Project Service", config_.project_url, config_.calls.project),
                          http_, environment.clock, environment.random),
          backlog_client_(neighbour("Backlog Service", config_.backlog_url, config_.calls.backlog),
                          http_, environment.clock, environment.random),
          chronicle_client_(
              neighbour("Chronicle Service", config_.chronicle_url, config_.calls.chronicle), http_,
              environment.clock, environment.random),
          // Twice what the stream retains: no repeat of an entry that is still there slips through.
          store_(database_, environment.random, 2 * config_.stream_max_length),
          journal_(database_, environment.random),
          planner_(store_, directory_, projects_, backlog_, environment.clock),
          scrum_(journal_, notebook_, environment.clock),
          deliveries_(directory_, backlog_, notebook_, environment.events, environment.clock,
                      {.stream_max_length = config_.stream_max_length,
                       .call_timeout =
                           std::max(config_.calls.backlog.timeout, config_.calls.chronicle.timeout),
                       .stream_timeout = config_.calls.stream.timeout}),
          sprint_routes_({.planner = planner_,
                          .scrum = scrum_,
                          .store = store_,
                          .directory = directory_,
                          .deliveries = deliveries_,
                          .clock = environment.clock,
                          .simulated_progress = config_.simulated_progress,
                          .wake_relay = [this] { wake_relay(); }}) {}

    std::string name() const override { return kName; }

    void add_routes(http::Router& router) override {
        directory_routes_.add_to(router);
        sprint_routes_.add_to(router);
        workspace_routes_.add_to(router);
        outbox::add_parked_routes(
            router, [this] { return database_ ? &*database_ : nullptr; }, [this] { wake_relay(); });
        router.add("GET", "/health/ready", [this](http::Request) { return ready(); });
    }

    asio::awaitable<Result<void>> start() override {
        if (config_.database.service.empty()) config_.database.service = kName;
        auto opened = database_.open(config_.database);
        if (!opened) co_return opened;
        turns_.emplace(config_.database, environment_.executor, environment_.clock,
                       environment_.random);
        relay_.emplace(
            *database_, [this](const outbox::Row& row) { return deliveries_.deliver(row); },
            outbox::RelaySettings{.service = kName,
                                  .retention = config_.outbox_retention,
                                  .events = &environment_.events,
                                  .stream_max_length = config_.stream_max_length,
                                  .turns = &*turns_},
            environment_.clock, environment_.random, environment_.metrics);
        tasks_.emplace(environment_.executor);
        tasks_->spawn("relay", [this] { return relay_->run(); });
        tasks_->spawn("consume daily_scrum_events", [this] { return consume(); });
        tasks_->spawn("probe", [this] { return probe(); });
        co_return Result<void>{};
    }

    void measure() override {
        service::measure_store(environment_.metrics, kName, database_);
        call_metrics_.publish("project-service", project_client_.tally());
        call_metrics_.publish("backlog-service", backlog_client_.tally());
        call_metrics_.publish("chronicle-service", chronicle_client_.tally());
        if (const auto redis = environment_.events.tally()) call_metrics_.publish("redis", *redis);
    }

    asio::awaitable<void> stop(std::chrono::milliseconds limit) override {
        http_.close();
        if (!tasks_) co_return;
        tasks_->cancel();
        co_await tasks_->join(limit / 2);
        co_await turns_->close(limit / 2);
    }

private:
    static Neighbour neighbour(std::string name, const std::string& url,
                               const rt::CallPolicy& policy) {
        return {std::move(name), url, policy};
    }

    void wake_relay() {
        if (relay_) relay_->wake();
    }

    /// From what was last seen: asking others here would make one outage everybody's.
    asio::awaitable<http::Response> ready() {
        co_return service::readiness(
            kName, service::health_of(database_),
            {{"redis", word(events_alive_)},
             {"external_apis",
              {{"project_service", name_of(project_client_.standing())},
               {"backlog_service", name_of(backlog_client_.standing())},
               {"chronicle_service", name_of(chronicle_client_.standing())}}}},
            environment_.clock.wall());
    }

    asio::awaitable<void> probe() {
        bool running = true;
        while (running) {
            const auto deadline = rt::Deadline::after(environment_.clock, kPingTimeout);
            events_alive_ = co_await environment_.events.healthy(deadline);
            running = co_await rt::sleep_for(config_.probe_interval);
        }
    }

    asio::awaitable<void> consume() {
        stream::ConsumerSettings settings{
            .service = kName,
            .stream = "daily_scrum_events",
            .group = "sprint_service_group",
            .consumer = std::string(kName) + "-" + environment_.random.uuid(),
            .max_length = config_.stream_max_length};
        co_await stream::consume(
            environment_.events, std::move(settings),
            [this](stream::Entry entry) { return handle(std::move(entry)); }, environment_.clock,
            environment_.random, environment_.metrics);
    }

    asio::awaitable<stream::Handled> handle(stream::Entry entry) {
        TaskProgressed event;
        const Reading reading = read_task_progressed(entry.event, event);
        if (reading == Reading::kMalformed) co_return stream::Handled::kPoison;
        if (reading == Reading::kOther) co_return stream::Handled::kDone;
        const telemetry::TraceContext trace{.correlation_id = event.event_id, .traceparent = {}};
        auto applied = co_await store_.apply(std::move(event), {trace, environment_.clock.wall()});
        if (applied) {
            wake_relay();
            co_return stream::Handled::kDone;
        }
        const bool unknown = applied.error().code == ErrorCode::kNotFound;
        co_return unknown ? stream::Handled::kPoison : stream::Handled::kRetry;
    }

    Config config_;
    service::Environment environment_;
    service::CallMetrics call_metrics_{environment_.metrics};
    http::Client http_;
    NeighbourClient project_client_;
    NeighbourClient backlog_client_;
    NeighbourClient chronicle_client_;
    HttpProjects projects_{project_client_};
    HttpBacklog backlog_{backlog_client_};
    HttpNotebook notebook_{chronicle_client_};
    SprintDatabase database_;
    SqlSprintDirectory directory_{database_};
    SqlSprintStore store_;
    SqlScrumJournal journal_;
    SqlWorkspaceStore workspace_{database_};
    SprintPlanner planner_;
    DailyScrum scrum_;
    Deliveries deliveries_;
    DirectoryRoutes directory_routes_{directory_};
    SprintRoutes sprint_routes_;
    WorkspaceRoutes workspace_routes_{workspace_};
    bool events_alive_ = true;
    std::optional<sql::AdvisoryLocks> turns_;
    std::optional<outbox::Relay> relay_;
    std::optional<rt::TaskScope> tasks_;
};

}  // namespace

std::unique_ptr<service::Service> make_service(Config config, service::Environment environment) {
    return std::make_unique<SprintService>(std::move(config), environment);
}

}  // namespace dsm::sprint
