// Puts chronicle-service together: its database, its routes, its consumer.
#include "services/chronicle/service.hpp"

#include <optional>

#include "libs/rt/task_scope.hpp"
#include "libs/service/readiness.hpp"
#include "libs/stream/consumer.hpp"
#include "services/chronicle/adapters/sql_note_store.hpp"
#include "services/chronicle/adapters/sql_retrospective_store.hpp"
#include "services/chronicle/core/sprint_started.hpp"
#include "services/chronicle/http/audit_routes.hpp"
#include "services/chronicle/http/daily_report_routes.hpp"
#include "services/chronicle/http/planning_routes.hpp"
#include "services/chronicle/http/retrospective_routes.hpp"

namespace dsm::chronicle {

namespace asio = boost::asio;

namespace {

constexpr const char* kName = "chronicle-service";

class ChronicleService final : public service::Service {
public:
    ChronicleService(Config config, service::Environment environment)
        : config_(std::move(config)),
          environment_(environment),
          notes_(database_),
          retrospectives_(database_),
          daily_reports_(notes_, environment.clock, environment.random),
          planning_(notes_, environment.clock, environment.random),
          audits_(notes_, environment.clock, environment.random),
          retrospective_routes_(retrospectives_, environment.clock, environment.random) {}

    std::string name() const override { return kName; }

    void add_routes(http::Router& router) override {
        daily_reports_.add_to(router);
        planning_.add_to(router);
        audits_.add_to(router);
        retrospective_routes_.add_to(router);
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
            .group = "chronicle-service-group",
            .consumer = std::string(kName) + "-" + environment_.random.uuid(),
            .max_length = config_.stream_max_length};
        co_await stream::consume(
            environment_.events, std::move(settings),
            [this](stream::Entry entry) { return handle(std::move(entry)); }, environment_.clock,
            environment_.random, environment_.metrics);
    }

    /// A repeat finds the note by its source id, so handling it again changes nothing.
    asio::awaitable<stream::Handled> handle(stream::Entry entry) {
        Note note;
        const Reading reading = read_sprint_event(entry.event.data, note);
        if (reading == Reading::kMalformed) co_return stream::Handled::kPoison;
        if (reading == Reading::kOther) co_return stream::Handled::kDone;
        const auto kept = co_await notes_.add(std::move(note), environment_.random.uuid(),
                                              environment_.clock.wall());
        co_return kept ? stream::Handled::kDone : stream::Handled::kRetry;
    }

    Config config_;
    service::Environment environment_;
    ChronicleDatabase database_;
    SqlNoteStore notes_;
    SqlRetrospectiveStore retrospectives_;
    DailyReportRoutes daily_reports_;
    PlanningRoutes planning_;
    AuditRoutes audits_;
    RetrospectiveRoutes retrospective_routes_;
    std::optional<rt::TaskScope> tasks_;
};

}  // namespace

std::unique_ptr<service::Service> make_service(Config config, service::Environment environment) {
    return std::make_unique<ChronicleService>(std::move(config), environment);
}

}  // namespace dsm::chronicle
