// The texts behind the validators.
#include "dsm/settings/validators.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace dsm::settings {

namespace {

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return port;
}

/// "host", "host:port" or "[::1]:port".
bool is_authority(std::string_view text) {
    std::string_view name = text;
    std::string_view rest;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) return false;
        name = text.substr(1, close - 1);
        rest = text.substr(close + 1);
    } else if (const auto colon = text.find(':'); colon != std::string_view::npos) {
        name = text.substr(0, colon);
        rest = text.substr(colon);
    }
    if (name.empty() || !is_host(name)) return false;
    if (rest.empty()) return true;
    return rest.front() == ':' && parse_port(rest.substr(1)).value_or(0) != 0;
}

}  // namespace

std::optional<std::string> normal_url(std::string_view text) {
    text = trimmed(text);
    std::string_view rest = text;
    if (rest.starts_with("http://")) {
        rest.remove_prefix(7);
    } else if (rest.starts_with("https://")) {
        rest.remove_prefix(8);
    } else {
        return std::nullopt;
    }
    const auto slash = rest.find('/');
    if (!is_authority(rest.substr(0, slash))) return std::nullopt;
    const bool plain = std::ranges::all_of(
        rest, [](unsigned char c) { return c > ' ' && c < 127 && c != '?' && c != '#'; });
    if (!plain) return std::nullopt;
    while (text.ends_with('/')) text.remove_suffix(1);
    return std::string(text);
}

bool is_host(std::string_view text) {
    return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_' || c == ':';
    });
}

bool is_dns_label(std::string_view text) {
    if (text.empty() || text.size() > 63 || text.front() == '-' || text.back() == '-') return false;
    return std::ranges::all_of(
        text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

std::optional<ListenAddress> parse_listen(std::string_view text) {
    text = trimmed(text);
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view address = text.substr(0, colon);
    const auto port = parse_port(text.substr(colon + 1));
    if (address.starts_with('[') && address.ends_with(']')) {
        address = address.substr(1, address.size() - 2);
    } else if (address.find(':') != std::string_view::npos) {
        return std::nullopt;
    }
    if (!port || !is_host(address)) return std::nullopt;
    return ListenAddress{std::string(address), *port};
}

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> items;
    while (!text.empty()) {
        const auto comma = text.find(',');
        const auto item = trimmed(text.substr(0, comma));
        if (!item.empty()) items.emplace_back(item);
        if (comma == std::string_view::npos) break;
        text.remove_prefix(comma + 1);
    }
    return items;
}

std::optional<bool> parse_switch(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (lower == "true" || lower == "1" || lower == "yes" || lower == "on") return true;
    if (lower == "false" || lower == "0" || lower == "no" || lower == "off") return false;
    return std::nullopt;
}

std::string absolute_path(std::string_view text) {
    std::string path(text);
    if (path == "~" || path.starts_with("~/")) {
        const char* home = std::getenv("HOME");
        path = std::string(home != nullptr ? home : ".") + path.substr(1);
    }
    auto absolute = std::filesystem::absolute(path).lexically_normal().string();
    while (absolute.size() > 1 && absolute.ends_with('/')) absolute.pop_back();
    return absolute;
}

bool can_be_read(const std::string& path) {
    return std::ifstream(path).get() != std::ifstream::traits_type::eof();
}

}  // namespace dsm::settings
