// Wait, call, and believe only an answer that names the report.
#include "dsm/job/daily_scrum.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json.hpp>
#include <cstdlib>
#include <ostream>

#include "libs/http/client.hpp"
#include "libs/http/retry_after.hpp"
#include "libs/rt/backoff.hpp"
#include "libs/rt/task_scope.hpp"

namespace dsm::job {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using std::chrono::milliseconds;

constexpr int kHeld = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kNotFound = 3;
constexpr int kUnavailable = 4;

constexpr milliseconds kHealthTimeout{2'000};

struct Ending {
    int exit_code = kFailed;
    std::string line;
};

std::string variable(const char* name, const char* otherwise) {
    const char* value = std::getenv(name);
    return value == nullptr || *value == '\0' ? otherwise : value;
}

std::string text_at(const json::value& body, std::string_view key) {
    const auto* value = body.is_object() ? body.get_object().if_contains(key) : nullptr;
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

json::value parse(const std::string& text) {
    boost::system::error_code broken;
    auto body = json::parse(text, broken);
    return broken ? json::value(nullptr) : body;
}

/// What the service said, where it said a sentence.
std::string detail_of(const http::ClientResponse& answer) {
    const std::string detail = text_at(parse(answer.body), "detail");
    return fmt::format("sprint-service answered {}{}{}", answer.status, detail.empty() ? "" : ": ",
                       detail);
}

Ending read_answer(const DailyScrum& job, const http::ClientResponse& answer) {
    if (answer.status == 404) return {kNotFound, detail_of(answer)};
    if (answer.status != 200) return {kFailed, detail_of(answer)};
    const json::value body = parse(answer.body);
    const std::string report_id = text_at(body, "report_id");
    if (report_id.empty() || text_at(body, "sprint_id") != job.sprint_id) {
        return {kFailed, "sprint-service answered 200 without naming the report of this sprint"};
    }
    return {kHeld, fmt::format("daily scrum of sprint {} of project {} held, report {}",
                               job.sprint_id, job.project_id, report_id)};
}

class Run {
public:
    Run(const DailyScrum& job, http::Client& client, const rt::Clock& clock, rt::Random& random)
        : job_(job),
          client_(client),
          clock_(clock),
          backoff_({milliseconds(100), milliseconds(2'000)}, random) {}

    asio::awaitable<Ending> run() {
        const bool ready = co_await wait_until_ready();
        if (!ready) {
            co_return Ending{
                kUnavailable,
                fmt::format("sprint-service at {} did not become ready within {} s: {}",
                            job_.sprint_service_url, job_.ready_limit.count() / 1000, last_)};
        }
        co_return co_await hold();
    }

private:
    asio::awaitable<bool> wait_until_ready() {
        const auto deadline = rt::Deadline::after(clock_, job_.ready_limit);
        for (;;) {
            auto answer =
                co_await client_.send({.method = "GET", .url = job_.sprint_service_url + "/health"},
                                      rt::Deadline::after(clock_, kHealthTimeout).sooner(deadline));
            if (answer && answer->status == 200) co_return true;
            last_ = answer ? detail_of(*answer) : answer.error().message;
            const bool again = co_await pause(deadline, answer);
            if (!again) co_return false;
        }
    }

    asio::awaitable<Ending> hold() {
        backoff_.reset();
        const auto deadline = rt::Deadline::after(clock_, job_.run_limit);
        const std::string url = fmt::format("{}/sprints/{}/run-daily-scrum",
                                            job_.sprint_service_url, http::escape(job_.sprint_id));
        for (;;) {
            auto answer = co_await client_.send({.method = "POST", .url = url}, deadline);
            const bool settled = answer && answer->status != 503;
            if (settled) co_return read_answer(job_, *answer);
            last_ = answer ? detail_of(*answer) : answer.error().message;
            const bool again = co_await pause(deadline, answer);
            if (!again) {
                co_return Ending{kUnavailable,
                                 fmt::format("the report of sprint {} is not recorded: {}",
                                             job_.sprint_id, last_)};
            }
        }
    }

    /// Longer each time, and at least as long as the answer asks.
    asio::awaitable<bool> pause(rt::Deadline deadline, const Result<http::ClientResponse>& answer) {
        auto wait = backoff_.next();
        const auto asked = answer ? http::retry_after_seconds(*answer) : std::nullopt;
        if (asked) wait = std::max<milliseconds>(wait, std::chrono::seconds(*asked));
        if (wait >= deadline.left(clock_)) co_return false;
        co_return co_await rt::sleep_for(wait);
    }

    const DailyScrum& job_;
    http::Client& client_;
    const rt::Clock& clock_;
    rt::Backoff backoff_;
    std::string last_ = "no answer";  ///< why it is not there yet
};

}  // namespace

DailyScrum DailyScrum::of_this_process() {
    DailyScrum job;
    job.project_id = variable("PROJECT_ID", "");
    job.sprint_id = variable("SPRINT_ID", "");
    job.sprint_service_url =
        variable("SPRINT_SERVICE_URL", "http://sprint-service.dsm.svc.cluster.local");
    while (job.sprint_service_url.ends_with('/')) job.sprint_service_url.pop_back();
    return job;
}

int run_daily_scrum(const DailyScrum& job, std::ostream& out, std::ostream& err,
                    const rt::Clock& clock, rt::Random& random) {
    for (const auto& [name, value] :
         {std::pair("PROJECT_ID", &job.project_id), std::pair("SPRINT_ID", &job.sprint_id)}) {
        if (!value->empty()) continue;
        err << "dsm daily-scrum: " << name << " is not set, so there is no sprint to report on\n";
        return kUsage;
    }
    asio::io_context loop(1);
    http::Client client(loop.get_executor(), {}, clock);
    Run run(job, client, clock, random);
    auto result = asio::co_spawn(loop, run.run(), asio::use_future);
    loop.run();
    const Ending ending = result.get();
    (ending.exit_code == kHeld ? out : err) << "dsm daily-scrum: " << ending.line << "\n";
    return ending.exit_code;
}

}  // namespace dsm::job
