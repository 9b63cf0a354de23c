// RFC 9112 section 3.2: the forms of a target.
#include "libs/http/wire/target.hpp"

#include <algorithm>

#include "libs/base/identifier.hpp"
#include "libs/http/wire/text.hpp"

namespace dsm::http {
namespace {

std::unexpected<Refused> refuse() {
    return std::unexpected(Refused{400});
}

bool is_authority(std::string_view text) {
    constexpr std::string_view kMarks = "-._~:[]%";
    return !text.empty() && text.size() <= 261 && std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               kMarks.find(c) != std::string_view::npos;
    });
}

/// Printable, without space and `#`; bytes over 0x7F are judged as UTF-8 after decoding.
bool is_origin_form(std::string_view text) {
    return text.starts_with('/') && std::ranges::all_of(text, [](char c) {
               const auto byte = static_cast<unsigned char>(c);
               return byte > 0x20 && byte != 0x7F && c != '#';
           });
}

std::expected<std::string, Refused> host_of_fields(const RequestHead& head) {
    std::optional<std::string> host;
    for (const auto& [name, value] : head.headers.all()) {
        if (!equal_without_case(name, "Host")) continue;
        if (host || !is_authority(value)) return refuse();
        host = to_lower(value);
    }
    if (!host && head.minor_version == 1) return refuse();
    return host.value_or("");
}

std::expected<std::vector<std::string>, Refused> segments_of(std::string_view path) {
    std::vector<std::string> segments;
    while (!path.empty()) {
        path.remove_prefix(1);
        const std::string_view raw = path.substr(0, path.find('/'));
        auto segment = percent_decode(raw);
        if (!segment || !is_valid_utf8(*segment)) return refuse();
        segments.push_back(std::move(*segment));
        path.remove_prefix(raw.size());
    }
    return segments;
}

std::expected<Query, Refused> query_of(std::string_view raw) {
    auto query = Query::parse(raw);
    if (!query) return refuse();
    for (const auto& [name, value] : query->all()) {
        if (!is_valid_utf8(name) || !is_valid_utf8(value)) return refuse();
    }
    return std::move(*query);
}

}  // namespace

std::expected<Target, Refused> read_target(const RequestHead& head) {
    auto host = host_of_fields(head);
    if (!host) return std::unexpected(host.error());
    Target target{.host = std::move(*host)};
    std::string_view text = head.target;
    if (text == "*") {
        if (head.method != "OPTIONS") return refuse();
        return target;
    }
    const std::string scheme = to_lower(text.substr(0, 8));
    std::string root;  // a URL without a path means "/"
    if (scheme.starts_with("http://") || scheme.starts_with("https://")) {
        text.remove_prefix(text.find("//") + 2);
        const std::string_view authority = text.substr(0, text.find_first_of("/?"));
        if (!is_authority(authority)) return refuse();
        target.host = to_lower(authority);
        text.remove_prefix(authority.size());
        if (!text.starts_with('/')) text = root = "/" + std::string(text);
    }
    if (!is_origin_form(text)) return refuse();

    const std::string_view path = text.substr(0, text.find('?'));
    auto segments = segments_of(path);
    if (!segments) return std::unexpected(segments.error());
    target.segments = std::move(*segments);
    auto query = query_of(path.size() < text.size() ? text.substr(path.size() + 1) : "");
    if (!query) return std::unexpected(query.error());
    target.query = std::move(*query);
    return target;
}

}  // namespace dsm::http
