// Whom a state-changing request may come from: no endpoint trusts a web page. Pure; no I/O.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/http/message.hpp"

namespace dsm::http {

struct CallerRule {
    std::string service;
    std::vector<std::string> allowed_hosts;
};

/// True for a method that changes nothing: GET, HEAD, OPTIONS.
bool is_safe_method(std::string_view method);

/// `host` is that of the target. False when it is neither loopback, nor the service's own name, nor
/// allowed; or when an `Origin` is sent that is not `host`. Source: contract section 1.
bool is_trusted_caller(const CallerRule& rule, std::string_view host, const Headers& headers,
                       bool tls);

}  // namespace dsm::http
