// When a server that is busy or ill wants to be asked again.
#pragma once

#include <optional>

#include "libs/http/client.hpp"

namespace dsm::http {

/// The whole seconds of `Retry-After` on a 429 or 5xx; nothing for a date or another status.
std::optional<int> retry_after_seconds(const ClientResponse& answer);

}  // namespace dsm::http
