// Calls one other service over HTTP and turns every answer, or none, into an Outcome.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>

#include "libs/http/client.hpp"
#include "libs/rt/random.hpp"
#include "services/sprint/app/neighbours.hpp"

namespace dsm::sprint {

struct Neighbour {
    std::string name;  ///< "Project Service", as details say it
    std::string url;
    std::chrono::milliseconds call_timeout{5'000};
    std::chrono::milliseconds failure_remembered{60'000};
};

class NeighbourClient {
public:
    /// All outlive this.
    NeighbourClient(Neighbour neighbour, http::Client& http, const rt::Clock& clock,
                    rt::Random& random)
        : neighbour_(std::move(neighbour)), http_(http), clock_(clock), random_(random) {}

    /// The JSON of a 2xx. 404 is kNotFound, 409 kConflict, 400, 413 and 422 are kInvalid, other
    /// statuses and answers that are no JSON kBadAnswer, no answer kUnavailable. Details quote the
    /// other service's `detail` and never a raw body.
    boost::asio::awaitable<Outcome<boost::json::value>> send(http::ClientRequest request,
                                                             Call call);

    /// "{name} error: {what}", for an answer that is JSON and not what the contract says.
    Failure nonsense(std::string_view what) const;

    /// False when the last call got no answer and was made within `failure_remembered`.
    bool answered_lately() const {
        return !unanswered_at_ || clock_.steady() - *unanswered_at_ > neighbour_.failure_remembered;
    }

private:
    Neighbour neighbour_;
    http::Client& http_;
    const rt::Clock& clock_;
    rt::Random& random_;
    std::optional<rt::Steady> unanswered_at_;  ///< of the last call, if it got no answer
};

}  // namespace dsm::sprint
