// The answer of /health/ready that the services share: their own store makes them ready or not.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "libs/base/time.hpp"
#include "libs/http/message.hpp"
#include "libs/telemetry/metrics.hpp"

namespace dsm::service {

struct StoreHealth {
    bool healthy = false;
    std::string ailment;  ///< a sentence; empty when it is healthy or nobody knows
};

/// Of a pointer to a store; one that is not open yet is not healthy.
template <class Pointer>
StoreHealth health_of(const Pointer& database) {
    if (!database) return {};
    if (database->healthy()) return {.healthy = true, .ailment = {}};
    return {.healthy = false, .ailment = database->ailment()};
}

/// Sets the gauge `dsm_store_ready`: 1, or 0 while the service is not ready because of its store,
/// by what is known at this moment.
template <class Pointer>
void measure_store(telemetry::Metrics& metrics, const std::string& service,
                   const Pointer& database) {
    const bool ready = database && database->last_known_healthy();
    metrics.gauge("dsm_store_ready", ready ? 1 : 0, {{"store", service}});
}

/// `{service, status, database, …others, timestamp}`: 200, or 503 with `messages` that say what is
/// wrong with the store.
http::Response readiness(std::string_view service, const StoreHealth& store,
                         const boost::json::object& others, Instant now);

}  // namespace dsm::service
