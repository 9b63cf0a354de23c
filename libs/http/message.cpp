#include "libs/http/message.hpp"

#include <boost/json/serialize.hpp>
#include <cstdio>
#include <cstdlib>

namespace dsm::http {
namespace {

bool equal_without_case(std::string_view a, std::string_view b) {
    constexpr auto kLower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    };
    return std::ranges::equal(a, b, {}, kLower, kLower);
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

void Headers::set(std::string_view name, std::string value) {
    std::erase_if(fields_,
                  [&](const auto& field) { return equal_without_case(field.first, name); });
    add(name, std::move(value));
}

void Headers::add(std::string_view name, std::string value) {
    fields_.emplace_back(std::string(name), std::move(value));
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
    for (const auto& [key, value] : fields_) {
        if (equal_without_case(key, name)) return value;
    }
    return std::nullopt;
}

Result<std::string> percent_decode(std::string_view text, PlusSign plus) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus == PlusSign::kIsSpace) {
            decoded += ' ';
        } else if (text[i] != '%') {
            decoded += text[i];
        } else {
            const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0) return fail(ErrorCode::kInvalid, "bad %-escape");
            decoded += static_cast<char>(high * 16 + low);
            i += 2;
        }
    }
    return decoded;
}

Result<Query> Query::parse(std::string_view raw) {
    Query query;
    while (!raw.empty()) {
        const std::size_t end = std::min(raw.find('&'), raw.size());
        const std::string_view pair = raw.substr(0, end);
        raw.remove_prefix(std::min(end + 1, raw.size()));
        if (pair.empty()) continue;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const auto name = percent_decode(pair.substr(0, equals), PlusSign::kIsSpace);
        const auto value =
            percent_decode(pair.substr(std::min(equals + 1, pair.size())), PlusSign::kIsSpace);
        if (!name || !value) return fail(ErrorCode::kInvalid, "bad %-escape in the query");
        query.items_.emplace_back(*name, *value);
    }
    return query;
}

std::optional<std::string_view> Query::find(std::string_view name) const {
    for (auto item = items_.rbegin(); item != items_.rend(); ++item) {
        if (item->first == name) return item->second;
    }
    return std::nullopt;
}

std::vector<std::string_view> Query::find_all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto& [key, value] : items_) {
        if (key == name) values.push_back(value);
    }
    return values;
}

const std::string& Request::param(std::string_view name) const {
    for (const auto& [key, value] : params) {
        if (key == name) return value;
    }
    std::fprintf(stderr, "no path parameter '%.*s' in this route\n", static_cast<int>(name.size()),
                 name.data());
    std::abort();
}

Response Response::json(int status, const boost::json::value& value) {
    Response response;
    response.status = status;
    response.headers.add("Content-Type", "application/json");
    response.body = boost::json::serialize(value);
    return response;
}

Response Response::text(int status, std::string body, std::string content_type) {
    Response response;
    response.status = status;
    response.headers.add("Content-Type", std::move(content_type));
    response.body = std::move(body);
    return response;
}

}  // namespace dsm::http
