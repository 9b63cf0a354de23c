// What waits in the outbox and what is parked, as metrics. Internal to libs/outbox.
#pragma once

#include <set>

#include "libs/outbox/outbox.hpp"

namespace dsm::outbox {

/// Gauges by destination: backlog, age of the oldest, refused, parked. Reads indexes of what waits
/// and what is parked alone, however many rows were delivered.
class Gauges {
public:
    Gauges(sql::Database& database, telemetry::Metrics& metrics, const rt::Clock& clock)
        : database_(database), metrics_(metrics), clock_(clock) {}

    /// A destination has values from then on, also while nothing waits for it.
    void know(const std::string& destination) { seen_.insert(destination); }
    /// At most every five seconds.
    boost::asio::awaitable<void> measure();
    /// Another relay delivers and measures: what was measured here is unknown (NaN) from now on.
    void forget();

private:
    sql::Database& database_;
    telemetry::Metrics& metrics_;
    const rt::Clock& clock_;
    rt::Steady measure_at_{};
    bool known_ = false;
    std::set<std::string> seen_;  ///< destinations with values, zero where nothing waits
};

}  // namespace dsm::outbox
