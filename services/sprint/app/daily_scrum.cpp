// The order matters: fix the report, hand it to Chronicle, and only then say that it was held.
#include "services/sprint/app/daily_scrum.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "libs/telemetry/log.hpp"

namespace dsm::sprint {

namespace asio = boost::asio;

/// One run that several callers wait for.
struct DailyScrum::Flight {
    explicit Flight(asio::any_io_executor executor)
        : landed(std::move(executor), asio::steady_timer::time_point::max()) {}

    asio::steady_timer landed;  ///< cancelled when the outcome is there
    Outcome<HeldScrum> outcome =
        failed(Failure::Kind::kUnavailable, "The daily scrum was broken off.");
    bool done = false;
};

asio::awaitable<Outcome<HeldScrum>> DailyScrum::hold(std::string sprint_id, ProgressSource source,
                                                     Call call) {
    const Date date = clock_.today();
    const std::string key = format_date(date) + "/" + sprint_id;
    if (const auto found = flights_.find(key); found != flights_.end()) {
        const auto flight = found->second;
        while (!flight->done && !call.deadline.passed(clock_)) {
            co_await flight->landed.async_wait(asio::as_tuple(asio::use_awaitable));
        }
        co_return flight->outcome;
    }
    const auto executor = co_await asio::this_coro::executor;
    const auto flight = std::make_shared<Flight>(executor);
    flights_.emplace(key, flight);
    // Whatever happens to the run, its waiters must not wait for ever.
    const std::shared_ptr<void> landing(nullptr, [this, key, flight](void*) {
        flights_.erase(key);
        flight->done = true;
        flight->landed.cancel();
    });
    flight->outcome = co_await run(std::move(sprint_id), date, source, std::move(call));
    co_return flight->outcome;
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
        co_return failed(Failure::Kind::kUnavailable,
                         fmt::format("The daily scrum report of sprint {} is not recorded yet, "
                                     "repeat the call: {}",
                                     sprint_id, recorded.error().detail));
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
