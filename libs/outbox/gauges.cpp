#include "libs/outbox/gauges.hpp"

#include <algorithm>
#include <limits>

#include "libs/outbox/outbox_store.hpp"

namespace dsm::outbox {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kMeasureEvery{5};
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

struct Measured {
    std::vector<Backlog> backlogs;
    std::map<std::string, std::int64_t> refused;
    std::map<std::string, std::int64_t> parked;
};

}  // namespace

asio::awaitable<void> Gauges::measure() {
    if (clock_.steady() < measure_at_) co_return;
    measure_at_ = clock_.steady() + kMeasureEvery;
    auto found = co_await database_.read([](soci::session& session) {
        return Result<Measured>(
            Measured{backlogs(session), refused_counts(session), parked_counts(session)});
    });
    if (!found) co_return;
    known_ = true;
    std::map<std::string, Backlog> backlog_of;
    for (const auto& backlog : found->backlogs) {
        seen_.insert(backlog.destination);
        backlog_of.emplace(backlog.destination, backlog);
    }
    for (const auto& [destination, rows] : found->parked) seen_.insert(destination);
    for (const auto& destination : seen_) {
        const telemetry::Labels labels{{"destination", destination}};
        const auto backlog = backlog_of.find(destination);
        const bool waits = backlog != backlog_of.end();
        const Instant oldest{std::chrono::microseconds(waits ? backlog->second.oldest_us : 0)};
        const std::chrono::duration<double> age = clock_.wall() - oldest;
        const auto set = [&](const char* name, double value) {
            metrics_.gauge(name, value, labels);
        };
        set("dsm_outbox_backlog", waits ? static_cast<double>(backlog->second.rows) : 0);
        set("dsm_outbox_oldest_seconds", waits ? std::max(0.0, age.count()) : 0);
        set("dsm_outbox_refused", static_cast<double>(found->refused[destination]));
        set("dsm_outbox_parked", static_cast<double>(found->parked[destination]));
    }
}

void Gauges::forget() {
    if (!known_) return;
    known_ = false;
    measure_at_ = {};
    for (const auto& destination : seen_) {
        for (const char* name : {"dsm_outbox_backlog", "dsm_outbox_oldest_seconds",
                                 "dsm_outbox_refused", "dsm_outbox_parked"}) {
            metrics_.gauge(name, kUnknown, {{"destination", destination}});
        }
    }
}

}  // namespace dsm::outbox
