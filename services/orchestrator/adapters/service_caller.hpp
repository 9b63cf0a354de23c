// Calls one of the other services: trace, and the error texts of contract section 2.5.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <optional>
#include <string>

#include "libs/http/dependency_client.hpp"
#include "services/orchestrator/app/call.hpp"

namespace dsm::orchestrator {

struct ServiceRequest {
    std::string method = "GET";
    std::string path;  ///< escaped, with its query
    std::optional<boost::json::value> body;
};

/// Lives on the service's thread.
class ServiceCaller {
public:
    explicit ServiceCaller(http::DependencyClient client) : client_(std::move(client)) {}

    /// `parse` makes a value of the body of a 2xx; nullopt means that it is nonsense, which is told
    /// as 502 and counts as an illness of the service. A 4xx does not.
    template <class T>
    boost::asio::awaitable<Outcome<T>> ask(
        ServiceRequest request, Call call,
        std::function<std::optional<T>(const boost::json::value&)> parse) {
        std::optional<T> value;
        const auto check = [&](const boost::json::value& body) -> std::string {
            value = parse(body);
            return value ? "" : http::kNotUnderstood;
        };
        auto failure = co_await send(std::move(request), std::move(call), check);
        if (failure) co_return std::unexpected(std::move(*failure));
        co_return std::move(*value);
    }

private:
    boost::asio::awaitable<std::optional<Failure>> send(ServiceRequest request, Call call,
                                                        http::DependencyClient::Check check);
    Failure told(http::CallFailure failure) const;

    http::DependencyClient client_;
};

}  // namespace dsm::orchestrator
