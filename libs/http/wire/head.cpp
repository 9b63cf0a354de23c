// Grammar of RFC 9112 sections 2 to 5, without its leniencies.
#include "libs/http/wire/head.hpp"

#include <algorithm>
#include <charconv>

namespace dsm::http {
namespace {

constexpr std::size_t kMaxFields = 100;
constexpr std::size_t kMaxMethod = 32;
constexpr std::string_view kLineEnd = "\r\n";

bool is_token_char(char c) {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
}

std::unexpected<Refused> refuse(int status) {
    return std::unexpected(Refused{status});
}

/// Takes the first line off `text`, which ends with a line end.
std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find(kLineEnd);
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + kLineEnd.size());
    return line;
}

/// 0 or 1 for "HTTP/1.0" and "HTTP/1.1", else -1.
int minor_version_of(std::string_view text) {
    if (text == "HTTP/1.1") return 1;
    if (text == "HTTP/1.0") return 0;
    return -1;
}

std::expected<Headers, Refused> parse_fields(std::string_view lines) {
    Headers headers;
    while (true) {
        const std::string_view line = take_line(lines);
        if (line.empty()) return headers;
        if (headers.all().size() == kMaxFields) return refuse(431);
        auto field = parse_field(line);
        if (!field) return std::unexpected(field.error());
        headers.add(field->first, std::move(field->second));
    }
}

}  // namespace

std::expected<std::size_t, Refused> HeadScanner::scan(std::string_view buffer) {
    while (true) {
        const std::size_t at = buffer.find('\n', scanned_);
        if (at == std::string_view::npos) break;
        if (at == line_begin_ || buffer[at - 1] != '\r') return refuse(400);
        const bool empty_line = at == line_begin_ + 1;
        scanned_ = line_begin_ = at + 1;
        if (empty_line && !first_line_ended_) return refuse(400);
        if (at >= limit_) break;
        if (empty_line) return at + 1;
        first_line_ended_ = true;
    }
    if (scanned_ < buffer.size()) scanned_ = buffer.size();
    if (buffer.size() <= limit_) {
        // Anything else than a token, as a TLS greeting is, need not be waited for.
        if (!buffer.empty() && !is_token_char(buffer.front()) && buffer.front() != '\r') {
            return refuse(400);
        }
        return 0;
    }
    if (first_line_ended_) return refuse(431);
    const bool has_method = buffer.substr(0, kMaxMethod).find(' ') != std::string_view::npos;
    return refuse(has_method ? 414 : 400);
}

std::expected<RequestHead, Refused> parse_request_head(std::string_view head) {
    const std::string_view line = take_line(head);
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) return refuse(400);
    RequestHead request;
    request.method = line.substr(0, first);
    request.target = line.substr(first + 1, last - first - 1);
    request.minor_version = minor_version_of(line.substr(last + 1));
    if (!is_token(request.method) || request.method.size() > kMaxMethod) return refuse(400);
    const bool one_word = request.target.find(' ') == std::string::npos;
    if (request.target.empty() || !one_word || request.minor_version < 0) return refuse(400);
    auto headers = parse_fields(head);
    if (!headers) return std::unexpected(headers.error());
    request.headers = std::move(*headers);
    return request;
}

std::expected<ResponseHead, Refused> parse_response_head(std::string_view head) {
    const std::string_view line = take_line(head);
    ResponseHead response;
    response.minor_version = minor_version_of(line.substr(0, 8));
    if (response.minor_version < 0 || line.size() < 12 || line[8] != ' ') return refuse(400);
    const char* const digits = line.data() + 9;
    const auto [end, error] = std::from_chars(digits, digits + 3, response.status);
    const bool ends = line.size() == 12 || line[12] == ' ';
    if (error != std::errc() || end != digits + 3 || response.status < 100 || !ends) {
        return refuse(400);
    }
    auto headers = parse_fields(head);
    if (!headers) return std::unexpected(headers.error());
    response.headers = std::move(*headers);
    return response;
}

std::expected<std::pair<std::string, std::string>, Refused> parse_field(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return refuse(400);
    // A name that ends in white space, or a folded line, is no token.
    const std::string_view name = line.substr(0, colon);
    std::string_view value = line.substr(colon + 1);
    constexpr std::string_view kSpace = " \t";
    value.remove_prefix(std::min(value.find_first_not_of(kSpace), value.size()));
    value = value.substr(0, value.find_last_not_of(kSpace) + 1);
    if (!is_token(name) || !is_field_value(value)) return refuse(400);
    return std::pair(std::string(name), std::string(value));
}

bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, is_token_char);
}

bool is_field_value(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte >= 0x20 && byte != 0x7F) || c == '\t';
    });
}

}  // namespace dsm::http
