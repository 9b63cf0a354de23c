// The lenient scalars of contract section 1, shared by bodies and queries. Internal to libs/http.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "libs/http/body.hpp"

namespace dsm::http {

/// Why a value is not what was asked for: the error's type, sentence and context.
struct Refusal {
    std::string type;
    std::string msg;
    std::optional<boost::json::object> ctx;
};

template <class T>
using Read = std::expected<T, Refusal>;

Read<std::string> read_text(const boost::json::value& value, const TextRule& rule);
Read<std::int64_t> read_integer(const boost::json::value& value, const IntRule& rule);
Read<bool> read_boolean(const boost::json::value& value);
Read<Date> read_date(const boost::json::value& value);

/// Code points of valid UTF-8.
std::size_t characters(std::string_view text);

}  // namespace dsm::http
