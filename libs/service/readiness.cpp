#include "libs/service/readiness.hpp"

#include <boost/json/array.hpp>

namespace dsm::service {

http::Response readiness(std::string_view service, const StoreHealth& store,
                         const boost::json::object& others, Instant now) {
    boost::json::object body{{"service", service},
                             {"status", store.healthy ? "ready" : "not_ready"},
                             {"database", store.healthy ? "ok" : "error"}};
    for (const auto& [key, value] : others) body[key] = value;
    body["timestamp"] = format_rfc3339(now);
    if (store.healthy) return http::Response::json(200, body);
    boost::json::array messages{"The database is not available."};
    if (!store.ailment.empty()) messages.emplace_back(store.ailment);
    body["messages"] = std::move(messages);
    return http::Response::json(503, body);
}

}  // namespace dsm::service
