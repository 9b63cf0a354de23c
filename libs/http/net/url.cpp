// Boost.URL judges the characters; this picks the parts.
#include "libs/http/net/url.hpp"

#include <fmt/format.h>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace dsm::http {

std::string Url::key() const {
    return fmt::format("{}{}:{}", tls ? "https://" : "http://", host, port);
}

Result<Url> parse_url(std::string_view text) {
    // The text itself is left out of the message: it may carry a secret.
    const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
    if (!parsed) return fail(ErrorCode::kInvalid, "not an absolute URL");
    const boost::urls::url_view& view = *parsed;
    Url url;
    url.tls = view.scheme_id() == boost::urls::scheme::https;
    if (!url.tls && view.scheme_id() != boost::urls::scheme::http) {
        return fail(ErrorCode::kInvalid, "neither an http nor an https URL");
    }
    if (view.has_userinfo()) return fail(ErrorCode::kInvalid, "credentials in a URL");
    url.host = view.host_address();
    if (url.host.empty()) return fail(ErrorCode::kInvalid, "a URL without a host");
    url.port = url.tls ? 443 : 80;
    if (view.has_port() && !view.port().empty()) {
        if (view.port_number() == 0) return fail(ErrorCode::kInvalid, "a URL with a bad port");
        url.port = view.port_number();
    }
    const auto authority = view.encoded_host_and_port();
    url.authority.assign(authority.data(), authority.size());
    const auto path = view.encoded_path();
    url.target.assign(path.data(), path.size());
    if (url.target.empty()) url.target = "/";
    if (view.has_query()) {
        const auto query = view.encoded_query();
        url.target += '?';
        url.target.append(query.data(), query.size());
    }
    return url;
}

}  // namespace dsm::http
