// Calls one of the other services: deadline, breaker, repeats, trace, and the error texts of
// contract section 2.5.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <optional>
#include <string>

#include "libs/http/client.hpp"
#include "libs/rt/retry_budget.hpp"
#include "services/orchestrator/app/call.hpp"
#include "services/orchestrator/app/dependency.hpp"

namespace dsm::orchestrator {

struct ServiceRequest {
    std::string method = "GET";
    std::string path;  ///< escaped, with its query
    std::optional<boost::json::value> body;
};

/// Lives on the service's thread; client, dependency and clock outlive it.
class ServiceCaller {
public:
    ServiceCaller(http::Client& client, std::string base_url, Dependency& dependency,
                  std::chrono::milliseconds timeout, const rt::Clock& clock);

    /// `parse` makes a value of the body of a 2xx; nullopt means that it is nonsense, which is told
    /// as 502 and counts as an illness of the service. A 4xx does not.
    template <class T>
    boost::asio::awaitable<Outcome<T>> ask(
        ServiceRequest request, Call call,
        std::function<std::optional<T>(const boost::json::value&)> parse) {
        const bool reading = request.method == "GET";
        auto body = co_await send(std::move(request), std::move(call));
        if (!body) co_return std::unexpected(std::move(body.error()));
        std::optional<T> value = parse(*body);
        if (!value) co_return std::unexpected(nonsense(reading));
        dependency_.seen_well();
        co_return std::move(*value);
    }

private:
    boost::asio::awaitable<Outcome<boost::json::value>> send(ServiceRequest request, Call call);
    /// A read that is answered with a `Retry-After` is sent again after it, within the deadline and
    /// the budget of repeats. A write never is: it may have been done.
    boost::asio::awaitable<Result<http::ClientResponse>> exchange(http::ClientRequest request,
                                                                  rt::Deadline deadline);
    Failure nonsense(bool reading);
    Failure refusal_of(const http::ClientResponse& response, bool reading);

    http::Client& client_;
    std::string base_url_;
    Dependency& dependency_;
    std::chrono::milliseconds timeout_;
    const rt::Clock& clock_;
    rt::RetryBudget budget_;
};

}  // namespace dsm::orchestrator
