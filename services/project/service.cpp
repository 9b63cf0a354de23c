// Puts project-service together: its database, its routes, its consumer.
#include "services/project/service.hpp"

#include <optional>

#include "libs/rt/task_scope.hpp"
#include "libs/service/readiness.hpp"
#include "libs/stream/consumer.hpp"
#include "services/project/adapters/sql_calendar_store.hpp"
#include "services/project/adapters/sql_people_store.hpp"
#include "services/project/adapters/sql_project_store.hpp"
#include "services/project/adapters/sql_workspace_store.hpp"
#include "services/project/app/sprint_events.hpp"
#include "services/project/http/calendar_routes.hpp"
#include "services/project/http/people_routes.hpp"
#include "services/project/http/project_routes.hpp"
#include "services/project/http/workspace_routes.hpp"

namespace dsm::project {

namespace asio = boost::asio;

namespace {

constexpr const char* kName = "project-service";

class ProjectService final : public service::Service {
public:
    ProjectService(Config config, service::Environment environment)
        : config_(std::move(config)),
          environment_(environment),
          // Twice what the stream retains: no repeat of an entry that is still there slips through.
          projects_(database_, 2 * config_.stream_max_length),
          people_(database_),
          calendar_(database_),
          workspace_(database_),
          project_routes_(projects_, environment.clock),
          people_routes_(people_),
          calendar_routes_(calendar_, environment.random),
          workspace_routes_(workspace_) {}

    std::string name() const override { return kName; }

    void add_routes(http::Router& router) override {
        project_routes_.add_to(router);
        people_routes_.add_to(router);
        calendar_routes_.add_to(router);
        workspace_routes_.add_to(router);
        router.add("GET", "/health/ready", [this](http::Request) { return ready(); });
    }

    void measure() override { service::measure_store(environment_.metrics, kName, database_); }

    asio::awaitable<Result<void>> start() override {
        if (config_.database.service.empty()) config_.database.service = kName;
        auto opened = database_.open(config_.database);
        if (!opened) co_return opened;
        tasks_.emplace(environment_.executor);
        tasks_->spawn("consume dsm:events", [this] { return consume(); });
        co_return Result<void>{};
    }

    asio::awaitable<void> stop(std::chrono::milliseconds limit) override {
        if (!tasks_) co_return;
        tasks_->cancel();
        co_await tasks_->join(limit);
    }

private:
    asio::awaitable<http::Response> ready() {
        co_return service::readiness(kName, service::health_of(database_), {},
                                     environment_.clock.wall());
    }

    asio::awaitable<void> consume() {
        stream::ConsumerSettings settings{
            .service = kName,
            .stream = "dsm:events",
            .group = "project-service-group",
            .consumer = std::string(kName) + "-" + environment_.random.uuid(),
            .max_length = config_.stream_max_length};
        co_await stream::consume(
            environment_.events, std::move(settings),
            [this](stream::Entry entry) { return handle(std::move(entry)); }, environment_.clock,
            environment_.random, environment_.metrics);
    }

    asio::awaitable<stream::Handled> handle(stream::Entry entry) {
        SprintStarted event;
        const Reading reading = read_event(entry.event, event);
        if (reading == Reading::kMalformed) co_return stream::Handled::kPoison;
        if (reading == Reading::kOther) co_return stream::Handled::kDone;
        const auto applied = co_await projects_.apply(std::move(event));
        co_return applied ? stream::Handled::kDone : stream::Handled::kRetry;
    }

    Config config_;
    service::Environment environment_;
    ProjectDatabase database_;
    SqlProjectStore projects_;
    SqlPeopleStore people_;
    SqlCalendarStore calendar_;
    SqlWorkspaceStore workspace_;
    ProjectRoutes project_routes_;
    PeopleRoutes people_routes_;
    CalendarRoutes calendar_routes_;
    WorkspaceRoutes workspace_routes_;
    std::optional<rt::TaskScope> tasks_;
};

}  // namespace

std::unique_ptr<service::Service> make_service(Config config, service::Environment environment) {
    return std::make_unique<ProjectService>(std::move(config), environment);
}

}  // namespace dsm::project
