// Query parameters, read with the scalars of bodies.
#include "libs/http/body.hpp"
#include "libs/http/scalars.hpp"

namespace dsm::http {
namespace {

namespace json = boost::json;

/// A query parameter is always text, so each scalar is read from a JSON string.
template <class T, class F>
std::optional<T> read_parameter(const Query& query, std::vector<FieldError>& errors,
                                std::string_view name, Presence presence, F read) {
    const std::optional<std::string_view> text = query.find(name);
    if (!text) {
        if (presence == Presence::kRequired) {
            errors.push_back({"missing",
                              {"query", json::string(name)},
                              "Field required",
                              nullptr,
                              std::nullopt});
        }
        return std::nullopt;
    }
    const json::value value(*text);
    Read<T> result = read(value);
    if (result) return std::move(*result);
    errors.push_back({result.error().type,
                      {"query", json::string(name)},
                      result.error().msg,
                      value,
                      result.error().ctx});
    return std::nullopt;
}

}  // namespace

std::optional<std::string> QueryReader::text(std::string_view name, Presence presence) {
    return read_parameter<std::string>(
        query_, errors_, name, presence,
        [](const json::value& value) { return read_text(value, {}); });
}

std::optional<std::int64_t> QueryReader::integer(std::string_view name, Presence presence,
                                                 IntRule rule) {
    return read_parameter<std::int64_t>(
        query_, errors_, name, presence,
        [&](const json::value& value) { return read_integer(value, rule); });
}

std::optional<bool> QueryReader::boolean(std::string_view name, Presence presence) {
    return read_parameter<bool>(query_, errors_, name, presence, read_boolean);
}

std::optional<Date> QueryReader::date(std::string_view name, Presence presence) {
    return read_parameter<Date>(query_, errors_, name, presence, read_date);
}

}  // namespace dsm::http
