// What a request's target and Host name: a path, a query, a host. Pure; no I/O.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "libs/http/message.hpp"
#include "libs/http/wire/head.hpp"

namespace dsm::http {

struct Target {
    std::vector<std::string> segments;  ///< decoded once; empty for `*`
    Query query;
    std::string host;  ///< `name[:port]` in lower case; empty for HTTP/1.0 without Host
};

/// 400 for no or a doubled Host (HTTP/1.0 may omit it), a bad %-escape, text that is no UTF-8, a
/// control character, a fragment, and a form that is neither a path, an http(s) URL nor `OPTIONS
/// *`. The host of a URL replaces that of the field, as RFC 9112 section 3.2.2 says.
std::expected<Target, Refused> read_target(const RequestHead& head);

}  // namespace dsm::http
