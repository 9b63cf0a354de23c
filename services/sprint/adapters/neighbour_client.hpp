// Calls one other service and turns every answer, or none, into an Outcome.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <optional>
#include <string>

#include "libs/http/dependency_client.hpp"
#include "services/sprint/app/neighbours.hpp"

namespace dsm::sprint {

struct Neighbour {
    std::string name;  ///< "Project Service", as details say it
    std::string url;
    rt::CallPolicy policy;
    std::chrono::milliseconds failure_remembered{60'000};
};

class NeighbourClient {
public:
    /// All outlive this.
    NeighbourClient(Neighbour neighbour, http::Client& http, const rt::Clock& clock,
                    rt::Random& random);
    NeighbourClient(const NeighbourClient&) = delete;
    NeighbourClient& operator=(const NeighbourClient&) = delete;

    /// What `parse` makes of the JSON of a 2xx; its error ends the sentence "{name} error: " and is
    /// kBadAnswer. 404 is kNotFound, 409 kConflict, 400, 413 and 422 are kInvalid, other statuses
    /// and answers that are no JSON kBadAnswer, no answer and an open breaker kUnavailable. Details
    /// quote the other service's `detail` and never a raw body.
    template <class T>
    boost::asio::awaitable<Outcome<T>> ask(
        http::ClientRequest request, Call call,
        std::function<std::expected<T, std::string>(const boost::json::value&)> parse) {
        std::optional<T> value;
        const auto check = [&](const boost::json::value& body) -> std::string {
            auto parsed = parse(body);
            if (!parsed) return std::move(parsed.error());
            value = std::move(*parsed);
            return "";
        };
        auto failure = co_await send(std::move(request), std::move(call), check);
        if (failure) co_return std::unexpected(std::move(*failure));
        co_return std::move(*value);
    }

    /// What was last seen: kError when the last call failed within `failure_remembered`, kOk when
    /// nothing was seen since.
    rt::Standing standing() const;
    rt::CallTally tally() const { return dependency_.tally(); }

private:
    boost::asio::awaitable<std::optional<Failure>> send(http::ClientRequest request, Call call,
                                                        http::DependencyClient::Check check);

    std::chrono::milliseconds failure_remembered_;
    rt::Random& random_;
    rt::Dependency dependency_;
    http::DependencyClient client_;
};

}  // namespace dsm::sprint
