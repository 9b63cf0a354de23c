// RFC 9112 sections 6 and 7, strict wherever a proxy in front might read it differently.
#include "libs/http/wire/framing.hpp"

#include <algorithm>
#include <charconv>

#include "libs/http/wire/text.hpp"

namespace dsm::http {
namespace {

constexpr std::size_t kLineLimit = 1024;
constexpr std::size_t kExtensionLimit = 4 * 1024;
constexpr std::size_t kTrailerLimit = 8 * 1024;

std::unexpected<Refused> refuse(int status) {
    return std::unexpected(Refused{status});
}

std::size_t count(const Headers& headers, std::string_view name) {
    return static_cast<std::size_t>(std::ranges::count_if(
        headers.all(), [&](const auto& field) { return equal_without_case(field.first, name); }));
}

std::expected<std::uint64_t, Refused> parse_length(std::string_view text) {
    if (text.empty() || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) {
        return refuse(400);
    }
    std::uint64_t length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    return error == std::errc() ? length : UINT64_MAX;
}

/// kNone where neither field says anything.
std::expected<Framing, Refused> framing_of_fields(const Headers& headers, int minor_version) {
    const std::size_t lengths = count(headers, "Content-Length");
    const std::size_t encodings = count(headers, "Transfer-Encoding");
    if (lengths + encodings > 1) return refuse(400);
    if (encodings == 1) {
        const bool chunked = equal_without_case(*headers.find("Transfer-Encoding"), "chunked");
        if (!chunked || minor_version == 0) return refuse(400);
        return Framing{.kind = Framing::Kind::kChunked};
    }
    if (lengths == 0) return Framing{};
    const auto length = parse_length(*headers.find("Content-Length"));
    if (!length) return std::unexpected(length.error());
    return Framing{.kind = Framing::Kind::kLength, .length = *length};
}

}  // namespace

std::expected<Framing, Refused> framing_of_request(const RequestHead& head) {
    const auto framing = framing_of_fields(head.headers, head.minor_version);
    if (!framing || framing->kind != Framing::Kind::kNone) return framing;
    const bool has_body = head.method == "POST" || head.method == "PUT" || head.method == "PATCH";
    if (head.minor_version == 0 && has_body) return refuse(411);
    return framing;
}

std::expected<Framing, Refused> framing_of_response(const ResponseHead& head,
                                                    std::string_view method) {
    if (method == "HEAD" || head.status / 100 == 1 || head.status == 204 || head.status == 304) {
        return Framing{};
    }
    auto framing = framing_of_fields(head.headers, head.minor_version);
    if (framing && framing->kind == Framing::Kind::kNone) {
        framing->kind = Framing::Kind::kUntilClose;
    }
    return framing;
}

bool keeps_alive(int minor_version, const Headers& headers) {
    bool keep = minor_version == 1;
    for (const auto& [name, value] : headers.all()) {
        if (!equal_without_case(name, "Connection")) continue;
        const std::string options = to_lower(value);
        if (options.find("close") != std::string::npos) return false;
        if (options.find("keep-alive") != std::string::npos) keep = true;
    }
    return keep;
}

std::expected<std::size_t, Refused> ChunkedDecoder::feed(std::string_view bytes,
                                                         std::string& body) {
    std::size_t used = 0;
    while (used < bytes.size() && state_ != State::kDone) {
        if (state_ == State::kData) {
            const std::size_t part = std::min(data_left_, bytes.size() - used);
            body.append(bytes.substr(used, part));
            used += part;
            data_left_ -= part;
            if (data_left_ == 0) state_ = State::kDataEnd;
            continue;
        }
        const char c = bytes[used++];
        line_ += c;
        if (line_.size() > kLineLimit) return refuse(state_ == State::kTrailer ? 431 : 400);
        if (c != '\n') continue;
        const auto ended = end_line(body);
        if (!ended) return std::unexpected(ended.error());
        line_.clear();
    }
    return used;
}

std::expected<void, Refused> ChunkedDecoder::end_line(const std::string& body) {
    if (!line_.ends_with("\r\n")) return refuse(400);
    const std::string_view line = std::string_view(line_).substr(0, line_.size() - 2);
    if (state_ == State::kSize) return begin_chunk(line, body.size());
    if (state_ == State::kDataEnd) {
        if (!line.empty()) return refuse(400);
        state_ = State::kSize;
        return {};
    }
    if (line.empty()) {
        state_ = State::kDone;
        return {};
    }
    trailer_bytes_ += line.size();
    if (trailer_bytes_ > kTrailerLimit) return refuse(431);
    const auto field = parse_field(line);
    if (!field) return std::unexpected(field.error());
    return {};
}

std::expected<void, Refused> ChunkedDecoder::begin_chunk(std::string_view line,
                                                         std::size_t body_size) {
    std::uint64_t size = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), size, 16);
    if (error != std::errc()) return refuse(400);
    const std::string_view extension = line.substr(static_cast<std::size_t>(end - line.data()));
    if (!extension.empty() && (extension.front() != ';' || !is_field_value(extension))) {
        return refuse(400);
    }
    extension_bytes_ += extension.size();
    if (extension_bytes_ > kExtensionLimit) return refuse(400);
    if (size > body_limit_ || body_size > body_limit_ - size) return refuse(413);
    data_left_ = static_cast<std::size_t>(size);
    state_ = size == 0 ? State::kTrailer : State::kData;
    return {};
}

}  // namespace dsm::http
