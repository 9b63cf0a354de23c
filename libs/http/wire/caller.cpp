// Host and Origin against DNS rebinding and forged requests from pages.
#include "libs/http/wire/caller.hpp"

#include <algorithm>

#include "libs/http/wire/text.hpp"

namespace dsm::http {
namespace {

/// `name[:port]` taken apart; an IPv6 address keeps its brackets.
struct Authority {
    std::string_view name;
    std::string_view port;
};

Authority split(std::string_view text) {
    const std::size_t bracket = text.rfind(']');
    const std::size_t colon = text.rfind(':');
    const bool has_port =
        colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    if (!has_port) return {text, {}};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

bool is_ipv4_loopback(std::string_view name) {
    return name.starts_with("127.") && std::ranges::count(name, '.') == 3 &&
           std::ranges::all_of(name, [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

bool is_loopback(std::string_view name) {
    return name == "localhost" || name == "[::1]" || is_ipv4_loopback(name);
}

/// `service`, `service.dsm`, or `service.<namespace>.svc[.cluster.local]`: names that only a
/// cluster's DNS answers. `service.<anything>` would take in public names.
bool is_service_name(std::string_view service, std::string_view name) {
    if (service.empty() || !name.starts_with(service)) return false;
    name.remove_prefix(service.size());
    if (name.empty() || name == ".dsm") return true;
    if (!name.starts_with('.')) return false;
    name.remove_prefix(1);
    const std::size_t dot = name.find('.');
    if (dot == 0 || dot == std::string_view::npos) return false;
    const std::string_view domain = name.substr(dot);
    return domain == ".svc" || domain == ".svc.cluster.local";
}

bool is_own_host(const CallerRule& rule, std::string_view host) {
    const std::string_view name = split(host).name;
    if (is_loopback(name) || is_service_name(rule.service, name)) return true;
    return std::ranges::any_of(rule.allowed_hosts, [&](const std::string& allowed) {
        return equal_without_case(allowed, name) || equal_without_case(allowed, host);
    });
}

/// An origin is this service when it names the host the request was sent to, port included.
bool is_own_origin(std::string_view origin, std::string_view host, bool tls) {
    const std::string lower = to_lower(origin);
    const std::string_view scheme = tls ? "https://" : "http://";
    if (!lower.starts_with(scheme)) return false;
    const Authority from = split(std::string_view(lower).substr(scheme.size()));
    const Authority to = split(host);
    const std::string_view usual = tls ? "443" : "80";
    const auto port = [&](const Authority& a) { return a.port.empty() ? usual : a.port; };
    return from.name == to.name && port(from) == port(to);
}

}  // namespace

bool is_safe_method(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

bool is_trusted_caller(const CallerRule& rule, std::string_view host, const Headers& headers,
                       bool tls) {
    if (!is_own_host(rule, host)) return false;
    return std::ranges::all_of(headers.all(), [&](const auto& field) {
        return !equal_without_case(field.first, "Origin") || is_own_origin(field.second, host, tls);
    });
}

}  // namespace dsm::http
