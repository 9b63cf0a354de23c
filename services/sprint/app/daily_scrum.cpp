// The order matters: fix the report, hand it to Chronicle, and only then say that it was held.
#include "services/sprint/app/daily_scrum.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <optional>

#include "libs/telemetry/log.hpp"

namespace dsm::sprint {

namespace asio = boost::asio;

/// One run that several callers wait for.
struct DailyScrum::Flight {
    std::list<asio::steady_timer> waiters;      ///< each at its caller's own deadline
    std::optional<Outcome<HeldScrum>> outcome;  ///< stays empty when its caller was cut off
    bool landed = false;

    void land() {
        landed = true;
        for (asio::steady_timer& waiter : waiters) waiter.cancel();
    }

    static asio::awaitable<void> wait(std::shared_ptr<Flight> flight,
                                      std::chrono::milliseconds limit) {
        const auto executor = co_await asio::this_coro::executor;
        asio::steady_timer& own = flight->waiters.emplace_back(executor, limit);
        co_await own.async_wait(asio::as_tuple(asio::use_awaitable));
    }
};

asio::awaitable<Outcome<HeldScrum>> DailyScrum::hold(std::string sprint_id, ProgressSource source,
                                                     Call call) {
    const Date date = clock_.today();
    const std::string key = format_date(date) + "/" + sprint_id;
    for (auto found = flights_.find(key); found != flights_.end(); found = flights_.find(key)) {
        const auto flight = found->second;
        co_await Flight::wait(flight, call.deadline.left(clock_));
        if (flight->outcome) co_return *flight->outcome;
        if (!flight->landed) {
            co_return failed(Failure::Kind::kUnavailable,
                             fmt::format("The daily scrum of sprint {} is still being held, "
                                         "repeat the call.",
                                         sprint_id));
        }
        // Its caller was cut off: the first of those that waited takes over.
    }
    const auto flight = std::make_shared<Flight>();
    flights_.emplace(key, flight);
    // Whatever happens to the run, its waiters must hear of it.
    const std::shared_ptr<void> landing(nullptr, [this, key, flight](void*) {
        flights_.erase(key);
        flight->land();
    });
    const auto deadline = call.deadline;
    auto held = co_await run(std::move(sprint_id), date, source, std::move(call));
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    const bool cut_off =
        deadline.passed(clock_) || cancellation.cancelled() != asio::cancellation_type::none;
    // That one caller had no more time is no answer to the others.
    if (held || !cut_off) flight->outcome = held;
    co_return held;
}

asio::awaitable<Outcome<HeldScrum>> DailyScrum::run(std::string sprint_id, Date date,
                                                    ProgressSource source, Call call) {
    const Cause cause{call.trace, clock_.wall()};
    auto report = co_await journal_.report_of(sprint_id, date, source, cause);
    if (!report) co_return std::unexpected(of_store(report.error()));
    if (!report->report_id.empty()) {
        co_return HeldScrum{report->tasks_updated, report->report_id};
    }
    auto recorded =
        co_await notebook_.record("daily_scrum_report", report->note, report->event_id, call);
    if (!recorded) {
        co_return std::unexpected(Failure{
            .kind = Failure::Kind::kUnavailable,
            .detail = fmt::format("The daily scrum report of sprint {} is not recorded yet, "
                                  "repeat the call: {}",
                                  sprint_id, recorded.error().detail),
            .retry_after = recorded.error().retry_after});
    }
    // If this fails, Chronicle has the report all the same: a repeat gets the same id from it.
    auto marked = co_await journal_.mark_recorded(sprint_id, date, *recorded);
    if (!marked) co_return std::unexpected(of_store(marked.error()));
    telemetry::log(telemetry::Level::kInfo, "sprint-service", "daily_scrum_held",
                   {{"sprint_id", sprint_id},
                    {"report_id", *recorded},
                    {"tasks_updated", report->tasks_updated},
                    {"correlation_id", call.trace.correlation_id}});
    co_return HeldScrum{report->tasks_updated, std::move(*recorded)};
}

}  // namespace dsm::sprint
