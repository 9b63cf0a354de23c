// Puts backlog-service together: its database, its routes, its consumers, and its eye on others.
#include "services/backlog/service.hpp"

#include <optional>

#include "libs/rt/task_scope.hpp"
#include "libs/service/call_metrics.hpp"
#include "libs/service/readiness.hpp"
#include "libs/stream/consumer.hpp"
#include "services/backlog/adapters/http_project_directory.hpp"
#include "services/backlog/adapters/sql_task_store.hpp"
#include "services/backlog/app/events.hpp"
#include "services/backlog/http/backlog_routes.hpp"
#include "services/backlog/http/task_routes.hpp"

namespace dsm::backlog {

namespace asio = boost::asio;
using stream::Handled;

namespace {

constexpr const char* kName = "backlog-service";
constexpr std::chrono::milliseconds kProbeTimeout{1'000};

class BacklogService final : public service::Service {
public:
    BacklogService(Config config, service::Environment environment)
        : config_(std::move(config)),
          environment_(environment),
          client_(environment.executor, {}, environment.clock),
          projects_(client_, config_.project_url, config_.calls, environment.clock,
                    environment.random),
          // Twice what a stream retains: no repeat of an entry that is still there slips through.
          tasks_(database_, 2 * config_.stream_max_length),
          backlog_routes_(tasks_, projects_),
          task_routes_(tasks_, environment.clock) {}

    std::string name() const override { return kName; }

    void add_routes(http::Router& router) override {
        backlog_routes_.add_to(router);
        task_routes_.add_to(router);
        router.add("GET", "/health/ready", [this](http::Request) { return ready(); });
    }

    asio::awaitable<Result<void>> start() override {
        if (config_.database.service.empty()) config_.database.service = kName;
        auto opened = database_.open(config_.database);
        if (!opened) co_return opened;
        scope_.emplace(environment_.executor);
        scope_->spawn("consume dsm:events", [this] {
            return consume("dsm:events",
                           [this](stream::Entry entry) { return on_sprint(std::move(entry)); });
        });
        scope_->spawn("consume task_update_events", [this] {
            return consume("task_update_events",
                           [this](stream::Entry entry) { return on_task(std::move(entry)); });
        });
        scope_->spawn("probe", [this] { return probe(); });
        co_return Result<void>{};
    }

    void measure() override {
        service::measure_store(environment_.metrics, kName, database_);
        call_metrics_.publish("project-service", projects_.tally());
        if (const auto redis = environment_.events.tally()) call_metrics_.publish("redis", *redis);
    }

    asio::awaitable<void> stop(std::chrono::milliseconds limit) override {
        if (!scope_) co_return;
        scope_->cancel();
        client_.close();
        co_await scope_->join(limit);
    }

private:
    /// From what was last seen: being asked never makes us ask others.
    asio::awaitable<http::Response> ready() {
        const auto word = [](bool good) { return good ? "ok" : "error"; };
        co_return service::readiness(
            kName, service::health_of(database_),
            {{"redis", word(streams_alive_)},
             {"external_apis", {{"project_service", name_of(projects_.standing())}}}},
            environment_.clock.wall());
    }

    asio::awaitable<void> probe() {
        bool running = true;
        while (running) {
            // A deadline each: what hangs must not speak for the other.
            co_await projects_.probe(rt::Deadline::after(environment_.clock, kProbeTimeout));
            streams_alive_ = co_await environment_.events.healthy(
                rt::Deadline::after(environment_.clock, kProbeTimeout));
            running = co_await rt::sleep_for(config_.probe_interval);
        }
    }

    asio::awaitable<void> consume(std::string stream,
                                  std::function<asio::awaitable<Handled>(stream::Entry)> handle) {
        stream::ConsumerSettings settings{
            .service = kName,
            .stream = std::move(stream),
            .group = "backlog_service_group",
            .consumer = std::string(kName) + "-" + environment_.random.uuid(),
            .max_length = config_.stream_max_length};
        co_await stream::consume(environment_.events, std::move(settings), std::move(handle),
                                 environment_.clock, environment_.random, environment_.metrics);
    }

    asio::awaitable<Handled> on_sprint(stream::Entry entry) {
        auto event = read_sprint_event(entry.event);
        if (!event) co_return Handled::kPoison;
        auto* started = std::get_if<SprintStarted>(&*event);
        if (!started) co_return Handled::kDone;
        const auto applied = co_await tasks_.apply(std::move(*started));
        co_return applied ? Handled::kDone : Handled::kRetry;
    }

    asio::awaitable<Handled> on_task(stream::Entry entry) {
        auto event = read_task_event(entry.event);
        if (!event) co_return Handled::kPoison;
        auto* dated = std::get_if<DatedUpdate>(&*event);
        if (!dated) co_return Handled::kDone;
        const auto applied = co_await tasks_.apply(dated->event_id, std::move(dated->update));
        co_return applied ? Handled::kDone : Handled::kRetry;
    }

    Config config_;
    service::Environment environment_;
    service::CallMetrics call_metrics_{environment_.metrics};
    TaskDatabase database_;
    http::Client client_;
    HttpProjectDirectory projects_;
    SqlTaskStore tasks_;
    BacklogRoutes backlog_routes_;
    TaskRoutes task_routes_;
    bool streams_alive_ = true;
    std::optional<rt::TaskScope> scope_;
};

}  // namespace

std::unique_ptr<service::Service> make_service(Config config, service::Environment environment) {
    return std::make_unique<BacklogService>(std::move(config), environment);
}

}  // namespace dsm::backlog
