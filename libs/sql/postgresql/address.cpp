// libpq's own parser knows both forms.
#include "libs/sql/postgresql/address.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <memory>
#include <utility>
#include <vector>

namespace dsm::sql {
namespace {

using Keywords = std::vector<std::pair<std::string, std::string>>;

/// What is given, in libpq's order; nullopt for a bad one. libpq's own text is dropped: it repeats
/// parts of the string.
std::optional<Keywords> parse(const std::string& dsn) {
    char* said = nullptr;
    const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(
        PQconninfoParse(dsn.c_str(), &said), PQconninfoFree);
    PQfreemem(said);
    if (!options || dsn.find('\0') != std::string::npos) return std::nullopt;
    Keywords given;
    for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
        if (option->val != nullptr) given.emplace_back(option->keyword, option->val);
    }
    return given;
}

/// Every byte but letters and digits as %XX.
std::string encoded(std::string_view value) {
    std::string text;
    for (const char c : value) {
        const bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        text += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return text;
}

std::string value_of(const std::string& dsn, std::string_view keyword) {
    for (const auto& [name, value] : parse(dsn).value_or(Keywords{})) {
        if (name == keyword) return value;
    }
    return {};
}

}  // namespace

std::optional<std::string> complaint_about_dsn(const std::string& dsn) {
    if (parse(dsn)) return std::nullopt;
    return "must be an address as libpq takes it: postgresql://USER:PASSWORD@HOST:PORT/DATABASE, "
           "or host=HOST port=PORT dbname=DATABASE user=USER password=PASSWORD";
}

std::string dsn_with(const std::string& dsn, std::string_view keyword, std::string_view value) {
    auto keywords = parse(dsn);
    if (!keywords) return {};
    std::erase_if(*keywords, [&](const auto& given) { return given.first == keyword; });
    keywords->emplace_back(keyword, value);
    std::string uri = "postgresql://";
    for (const auto& [name, given] : *keywords) {
        uri += fmt::format("{}{}={}", uri.ends_with('/') ? "/?" : "&", name, encoded(given));
    }
    return uri;
}

std::string dsn_with_default(const std::string& dsn, std::string_view keyword,
                             std::string_view value) {
    return dsn_has(dsn, keyword) ? dsn : dsn_with(dsn, keyword, value);
}

bool dsn_has(const std::string& dsn, std::string_view keyword) {
    return !value_of(dsn, keyword).empty();
}

std::string dsn_place(const std::string& dsn) {
    auto host = value_of(dsn, "host");
    if (host.empty()) host = value_of(dsn, "hostaddr");
    if (host.empty()) return {};
    const auto port = value_of(dsn, "port");
    return fmt::format("{}{}{}", host, port.empty() ? "" : ":", port);
}

}  // namespace dsm::sql
