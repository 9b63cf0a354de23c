// Calls one other service by the policy that all calls follow: deadline, breaker, repeats within
// their budget, `Retry-After`; and turns whatever comes back, or nothing, into a value or a reason.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <expected>
#include <functional>
#include <optional>
#include <string>

#include "libs/http/client.hpp"
#include "libs/rt/call_policy.hpp"
#include "libs/rt/dependency.hpp"

namespace dsm::http {

/// Why a call led to no value.
struct CallFailure {
    enum class What {
        kCircuitOpen,  ///< it was not sent
        kNoAnswer,
        kRefused,   ///< a `status` of 400 or more
        kNonsense,  ///< an answer that is no JSON, too large, or not what the caller can use
    };
    What what = What::kNoAnswer;
    int status = 0;
    /// One line for people: the `detail` of an error answer, or its messages, or its reason
    /// phrase; why no answer came. Never a raw body.
    std::string detail;
    /// When it is worth asking again, where that is known; always with kCircuitOpen.
    std::optional<std::chrono::seconds> retry_after;
    /// A call that is no read may have taken effect all the same.
    bool maybe_done = false;
};

inline constexpr const char* kNotUnderstood = "its answer could not be understood";

using CallOutcome = std::expected<boost::json::value, CallFailure>;

/// "Could not connect to {title}: {why}" for kNoAnswer and kCircuitOpen, else
/// "{title} error: {detail}".
std::string sentence_of(const std::string& title, const CallFailure& failure);

/// Lives on one thread; client, dependency, clock and random outlive it.
class DependencyClient {
public:
    /// What makes an answer's body useless to the caller, as in "its answer is no list"; "" when
    /// nothing does. A useless answer counts as an illness.
    using Check = std::function<std::string(const boost::json::value&)>;

    DependencyClient(Client& client, std::string base_url, rt::Dependency& dependency,
                     rt::CallPolicy policy, const rt::Clock& clock, rt::Random& random);

    /// The JSON of a 2xx. `request.url` is the path, escaped, with its query. The deadline is the
    /// caller's or the policy's, whichever ends first.
    boost::asio::awaitable<CallOutcome> ask(ClientRequest request, rt::Deadline deadline,
                                            Check check);

    const rt::Dependency& dependency() const { return dependency_; }

private:
    boost::asio::awaitable<Result<ClientResponse>> exchange(ClientRequest request,
                                                            rt::Deadline deadline);

    Client& client_;
    std::string base_url_;
    rt::Dependency& dependency_;
    rt::CallPolicy policy_;
    const rt::Clock& clock_;
    rt::Random& random_;
};

}  // namespace dsm::http
