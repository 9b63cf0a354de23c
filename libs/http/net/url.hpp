// An absolute http or https URL taken apart for a request.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "libs/base/result.hpp"

namespace dsm::http {

struct Url {
    bool tls = false;
    std::string host;  ///< a name or an address; IPv6 without brackets
    std::uint16_t port = 80;
    std::string authority;  ///< as `Host` says it
    std::string target;     ///< path and query, at least "/"

    /// Connections are shared between URLs of the same key.
    std::string key() const;
};

/// kInvalid for other schemes, credentials in the URL, and text that is not escaped.
Result<Url> parse_url(std::string_view text);

}  // namespace dsm::http
