// Reads list options. The continue text is that of the real server: base64url of a small JSON.
#include "cluster/rest/list_options.hpp"

#include <fmt/format.h>

#include <charconv>

#include "cluster/objects/decode.hpp"
#include "libs/base/digest.hpp"

namespace dsm::cluster {

namespace {

constexpr std::string_view kContinueVersion = "meta.k8s.io/v1";

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (bad != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

ApiError forbidden_option(std::string_view field, std::string_view why) {
    return invalid("meta.k8s.io", "ListOptions", "",
                   {FieldError::forbidden(std::string(field), why)});
}

ApiError bad_continue(std::string_view why) {
    return bad_request(fmt::format("invalid continue token: continue key is not valid: {}", why));
}

ApiResult<Continuation> decode_continuation(std::string_view text, std::string_view prefix) {
    if (text.size() % 4 == 1) {
        return std::unexpected(
            bad_continue(fmt::format("illegal base64 data at input byte {}", text.size() / 4 * 4)));
    }
    std::string standard(text);
    for (char& c : standard) c = c == '-' ? '+' : c == '_' ? '/' : c;
    while (standard.size() % 4 != 0) standard += '=';
    const std::string decoded = base64_decode(standard);
    if (decoded.empty()) {
        return std::unexpected(bad_continue("illegal base64 data at input byte 0"));
    }
    const auto parsed = parse_json(decoded);
    if (!parsed) return std::unexpected(bad_continue(parsed.error()));
    const json::value& token = *parsed;
    if (const auto known = text_at(token, {"v"}); known != kContinueVersion) {
        return std::unexpected(
            bad_continue(fmt::format("server does not recognize this encoded version {}", known)));
    }
    const std::int64_t revision = number_at(token, {"rv"});
    const auto start = text_at(token, {"start"});
    if (revision == 0)
        return std::unexpected(bad_continue("incorrect encoded start resourceVersion"));
    if (!start.starts_with('/'))
        return std::unexpected(bad_continue("incorrect encoded start key"));
    std::string key(prefix.empty() ? "" : prefix.substr(0, prefix.size() - 1));
    key += start;
    return Continuation{revision < 0 ? 0 : static_cast<Revision>(revision), std::move(key)};
}

ApiResult<void> read_version(const http::Query& query, const Target& target, ListOptions& options) {
    const auto text = query.find("resourceVersion").value_or("");
    if (!text.empty()) {
        const auto value = number(text);
        if (!value || *value < 0) {
            const std::string message = fmt::format(
                "Invalid value: \"{}\": strconv.ParseUint: parsing \"{}\": invalid "
                "syntax",
                text, text);
            return std::unexpected(
                target.verb == "list"
                    ? bad_request("invalid resource version: resourceVersion: " + message)
                    : server_error("resourceVersion: " + message));
        }
        options.version = static_cast<Revision>(*value);
    }
    const auto match = query.find("resourceVersionMatch").value_or("");
    if (match.empty()) return {};
    if (match == "Exact") options.match = VersionMatch::kExact;
    if (match == "NotOlderThan") options.match = VersionMatch::kNotOlderThan;
    if (options.match != VersionMatch::kUnset) return {};
    return std::unexpected(
        invalid("meta.k8s.io", "ListOptions", "",
                {FieldError::not_supported("resourceVersionMatch", json::value(json::string(match)),
                                           {"Exact", "NotOlderThan", ""})}));
}

/// The rules between the options. Source: the real server's list option validation.
ApiResult<void> check(const ListOptions& options, const Target& target, bool continues) {
    const bool watching = target.verb == "watch";
    if (options.send_initial_events && !watching) {
        return std::unexpected(
            forbidden_option("sendInitialEvents", "sendInitialEvents is forbidden for list"));
    }
    FieldErrors errors;
    const auto forbid = [&](std::string_view why) {
        errors.push_back(FieldError::forbidden("resourceVersionMatch", why));
    };
    const bool matches = options.match != VersionMatch::kUnset;
    const bool exact = options.match == VersionMatch::kExact;
    if (watching) {
        if (continues) forbid("resourceVersionMatch is forbidden when continue is provided");
        if (options.send_initial_events && options.match != VersionMatch::kNotOlderThan) {
            forbid("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
        }
        if (matches && !options.send_initial_events) {
            forbid(
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
        }
        if (exact) {
            errors.push_back(
                FieldError::not_supported("resourceVersionMatch", "Exact", {"NotOlderThan"}));
        }
    } else if (matches) {
        if (!options.version) {
            forbid("resourceVersionMatch is forbidden unless resourceVersion is provided");
        }
        if (continues) forbid("resourceVersionMatch is forbidden when continue is provided");
        if (exact && options.version && *options.version == 0) {
            forbid("resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
        }
    }
    if (errors.empty()) return {};
    return std::unexpected(invalid("meta.k8s.io", "ListOptions", "", errors));
}

}  // namespace

std::string encode_continuation(const Continuation& continuation, std::string_view prefix) {
    const std::size_t implied = prefix.empty() ? 0 : prefix.size() - 1;
    const json::value token{{"v", kContinueVersion},
                            {"rv", static_cast<std::int64_t>(continuation.revision)},
                            {"start", continuation.start.substr(implied)}};
    std::string text = base64_encode(json::serialize(token));
    while (text.ends_with('=')) text.pop_back();
    for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
    return text;
}

ApiResult<ListOptions> read_list_options(const http::Request& request, const Target& target) {
    const http::Query& query = request.query;
    ListOptions options;
    auto selection = parse_selection(*target.type, query.find("labelSelector").value_or(""),
                                     query.find("fieldSelector").value_or(""));
    if (!selection) return std::unexpected(selection.error());
    options.selection = std::move(*selection);

    if (auto read = read_version(query, target, options); !read) {
        return std::unexpected(read.error());
    }
    if (const auto initial = query.find("sendInitialEvents"); initial && !initial->empty()) {
        options.send_initial_events = is_set(query, "sendInitialEvents");
    }
    const std::string_view token = query.find("continue").value_or("");
    if (auto fits = check(options, target, !token.empty()); !fits) {
        return std::unexpected(fits.error());
    }
    if (!token.empty()) {
        const std::string prefix = target.name_space.empty() ? "" : "/" + target.name_space + "/";
        auto continuation = decode_continuation(token, prefix);
        if (!continuation) return std::unexpected(continuation.error());
        options.continuation = std::move(*continuation);
    }
    if (!token.empty() && options.version.value_or(0) != 0) {
        return std::unexpected(
            bad_request("specifying resource version is not allowed when using continue"));
    }
    for (const std::string_view name : {"limit", "timeoutSeconds"}) {
        const std::string_view text = query.find(name).value_or("");
        const auto value = text.empty() ? 0 : number(text);
        if (!value) {
            return std::unexpected(
                bad_request(fmt::format("strconv.ParseInt: parsing \"{}\": invalid syntax", text)));
        }
        if (*value <= 0) continue;
        if (name == "limit") options.limit = static_cast<std::size_t>(*value);
        if (name == "timeoutSeconds") options.timeout = std::chrono::seconds(*value);
    }
    options.bookmarks = is_set(query, "allowWatchBookmarks");
    return options;
}

}  // namespace dsm::cluster
