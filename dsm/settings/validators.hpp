// What a setting's text may be: each function puts it into one member of Settings or says what is
// wanted.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "dsm/settings/settings.hpp"
#include "libs/sql/postgresql/address.hpp"

namespace dsm::settings {

using Complaint = std::optional<std::string>;

template <class Member>
struct Owner;
template <class Of, class Type>
struct Owner<Type Of::*> {
    using type = Of;
};
/// The struct that `Member` points into.
template <auto Member>
using OwnerOf = typename Owner<decltype(Member)>::type;

/// Without surrounding blanks, and "" for one that is not http(s)://host[:port][/path].
std::optional<std::string> normal_url(std::string_view text);
bool is_host(std::string_view text);
bool is_dns_label(std::string_view text);
std::optional<ListenAddress> parse_listen(std::string_view text);
std::vector<std::string> split_list(std::string_view text);
std::optional<bool> parse_switch(std::string_view text);
/// Absolute; a leading `~` is HOME.
std::string absolute_path(std::string_view text);
bool can_be_read(const std::string& path);

template <auto Member>
Complaint any_text(std::string_view text, Settings& into) {
    into.*Member = std::string(text);
    return std::nullopt;
}

template <auto Member>
Complaint word(std::string_view text, Settings& into) {
    for (const char c : text) {
        if (static_cast<unsigned char>(c) <= ' ' || c == 127) {
            return "must be one word without spaces or control characters";
        }
    }
    if (text.empty()) return "must not be empty";
    into.*Member = std::string(text);
    return std::nullopt;
}

template <auto Member>
Complaint url(std::string_view text, Settings& into) {
    if (text.empty()) return std::nullopt;
    auto normal = normal_url(text);
    if (!normal) return "must be an address like http://host:port";
    into.*Member = std::move(*normal);
    return std::nullopt;
}

template <auto Member>
Complaint host(std::string_view text, Settings& into) {
    if (!text.empty() && !is_host(text)) {
        return "must be a host name or an IP address, without scheme and port";
    }
    into.*Member = std::string(text);
    return std::nullopt;
}

template <auto Member, std::int64_t Min, std::int64_t Max>
Complaint number(std::string_view text, OwnerOf<Member>& into) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < Min || value > Max) {
        return "must be a whole number from " + std::to_string(Min) + " to " + std::to_string(Max);
    }
    using Target = std::remove_cvref_t<decltype(into.*Member)>;
    into.*Member = static_cast<Target>(value);
    return std::nullopt;
}

template <auto Member, std::int64_t Min, std::int64_t Max>
Complaint milliseconds(std::string_view text, OwnerOf<Member>& into) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < Min || value > Max) {
        return "must be milliseconds from " + std::to_string(Min) + " to " + std::to_string(Max);
    }
    into.*Member = std::chrono::milliseconds(value);
    return std::nullopt;
}

template <auto Member, std::int64_t Min, std::int64_t Max>
Complaint seconds(std::string_view text, OwnerOf<Member>& into) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < Min || value > Max) {
        return "must be seconds from " + std::to_string(Min) + " to " + std::to_string(Max);
    }
    into.*Member = std::chrono::seconds(value);
    return std::nullopt;
}

template <auto Member>
Complaint dns_label(std::string_view text, Settings& into) {
    if (!is_dns_label(text)) {
        return "must be a namespace: 1 to 63 of a-z, 0-9 and '-', no '-' at either end";
    }
    into.*Member = std::string(text);
    return std::nullopt;
}

template <auto Member>
Complaint listen_address(std::string_view text, Settings& into) {
    auto parsed = parse_listen(text);
    if (!parsed) return "must be ADDRESS:PORT, like 0.0.0.0:80 or [::]:80";
    into.*Member = std::move(*parsed);
    return std::nullopt;
}

template <auto Member>
Complaint hosts(std::string_view text, Settings& into) {
    auto list = split_list(text);
    for (const auto& item : list) {
        if (!is_host(item)) return "must be host names separated by commas";
    }
    into.*Member = std::move(list);
    return std::nullopt;
}

template <auto Member>
Complaint level(std::string_view text, Settings& into) {
    if (!telemetry::parse_level(text, into.*Member)) {
        return "must be debug, info, warning or error";
    }
    return std::nullopt;
}

template <auto Member>
Complaint on_off(std::string_view text, Settings& into) {
    const auto value = parse_switch(text);
    if (!value) return "must be true or false";
    into.*Member = *value;
    return std::nullopt;
}

template <auto Member>
Complaint postgresql_address(std::string_view text, Settings& into) {
    into.*Member = std::string(text);
    if (text.empty()) return std::nullopt;
    return sql::complaint_about_dsn(into.*Member);
}

template <auto Member>
Complaint sslmode(std::string_view text, Settings& into) {
    static constexpr std::string_view kModes[] = {"",        "disable",   "allow",      "prefer",
                                                  "require", "verify-ca", "verify-full"};
    if (std::ranges::find(kModes, text) == std::end(kModes)) {
        return "must be disable, allow, prefer, require, verify-ca or verify-full";
    }
    into.*Member = std::string(text);
    return std::nullopt;
}

/// Empty, or a file that can be read.
template <auto Member>
Complaint optional_file(std::string_view text, Settings& into) {
    if (text.empty()) return std::nullopt;
    into.*Member = absolute_path(text);
    if (!can_be_read(into.*Member)) return "must be a file that can be read";
    return std::nullopt;
}

template <auto Member>
Complaint path(std::string_view text, Settings& into) {
    if (text.empty() || text.find('\0') != std::string_view::npos) return "must be a path";
    into.*Member = absolute_path(text);
    return std::nullopt;
}

}  // namespace dsm::settings
