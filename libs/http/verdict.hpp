// What an answer, or none, says of who should have given it, and whether to ask again. Pure.
#pragma once

#include <chrono>
#include <optional>

#include "libs/base/result.hpp"
#include "libs/http/client.hpp"
#include "libs/rt/call_policy.hpp"

namespace dsm::http {

enum class Health {
    kWell,    ///< it did its work; a refusal of this one call, a 4xx, is work as well
    kBusy,    ///< it turned the call away for now: 429, or 503 with `Retry-After`
    kIll,     ///< no answer, or another 5xx
    kUnsaid,  ///< the caller gave the call up
};

Health health_of(const Result<ClientResponse>& answer);

/// True for a call that may be sent twice: a safe or idempotent method, or an `Idempotency-Key`.
bool is_repeatable(const ClientRequest& request);

/// What `wait_before_repeat` goes by.
struct Attempt {
    int made = 1;                            ///< attempts so far
    std::chrono::milliseconds backoff{0};    ///< the wait where the answer names none
    std::chrono::milliseconds time_left{0};  ///< of the call
};

/// How long to wait before a repeatable call is sent again; nothing: give the answer to the caller.
/// An answer's `Retry-After` is obeyed: one that does not fit into the time left ends the call.
std::optional<std::chrono::milliseconds> wait_before_repeat(const Result<ClientResponse>& answer,
                                                            const Attempt& attempt,
                                                            const rt::CallPolicy& policy);

}  // namespace dsm::http
