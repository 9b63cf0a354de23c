// Reads a JSON request body and query field by field, and collects every 422 error of contract
// section 1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/time.hpp"
#include "libs/http/errors.hpp"
#include "libs/http/message.hpp"

namespace dsm::http {

enum class Presence { kRequired, kOptional };

/// Parses strictly: duplicate keys, numbers that overflow, nesting deeper than 64, trailing bytes
/// and bytes that are no UTF-8 are errors. The error is ready for validation_error():
/// `json_invalid` at
/// ["body", offset].
std::expected<boost::json::value, FieldError> parse_json(std::string_view text);

inline constexpr std::size_t kErrorLimit = 1000;

struct TextRule {
    std::size_t min_length = 0;  ///< in characters (code points)
    std::size_t max_length = 1 << 20;
    bool is_id = false;  ///< 1 to 255 characters, no `/`, no control character
};
inline constexpr TextRule kIdRule{.min_length = 1, .max_length = 255, .is_id = true};

struct IntRule {
    std::int64_t min = INT32_MIN;
    std::int64_t max = INT32_MAX;
};

/// Reads one JSON object with the lenient scalars of contract section 1. Errors are collected; each
/// getter returns nullopt for an absent field and after an error. A JSON null counts as absent for
/// kOptional, as a type error for kRequired. After kErrorLimit errors further ones are dropped, so
/// that a small body cannot ask for a huge answer.
class ObjectReader {
public:
    /// `object` must outlive the reader; `errors` collects. `loc` is the place of the object.
    ObjectReader(const boost::json::value& object, std::vector<FieldError>& errors,
                 std::vector<boost::json::value> loc = {"body"});

    bool has(std::string_view name) const;      ///< present, even as null
    bool is_null(std::string_view name) const;  ///< present as null

    std::optional<std::string> text(std::string_view name, Presence presence, TextRule rule = {});
    std::optional<std::int64_t> integer(std::string_view name, Presence presence,
                                        IntRule rule = {});
    std::optional<bool> boolean(std::string_view name, Presence presence);
    std::optional<Date> date(std::string_view name, Presence presence);
    /// A nested object or array, checked for its kind only.
    const boost::json::object* object(std::string_view name, Presence presence);
    const boost::json::array* array(std::string_view name, Presence presence);
    /// An array whose elements are all strings (`string_type` at [.., name, index] otherwise).
    std::optional<std::vector<std::string>> texts(std::string_view name, Presence presence,
                                                  TextRule rule = {});

    /// Adds a `value_error` at `name`: msg is "Value error, {msg}" as pydantic writes it.
    void reject(std::string_view name, std::string msg);
    /// The place of a field, for nested readers.
    std::vector<boost::json::value> loc_of(std::string_view name) const;

private:
    const boost::json::value* field(std::string_view name, Presence presence);
    void add(std::string type, std::string_view name, std::string msg, boost::json::value input,
             std::optional<boost::json::object> ctx = std::nullopt);

    const boost::json::object* object_ = nullptr;
    std::vector<FieldError>& errors_;
    std::vector<boost::json::value> loc_;
};

/// The body as JSON, or the 422 that says why not. An empty body is `missing` at ["body"] for
/// kRequired and `{}` for kOptional; a value that is no object is `model_attributes_type`.
std::expected<boost::json::value, Response> read_body(const Request& request, Presence presence);

/// Query parameters with the same rules; `loc` is ["query", name].
class QueryReader {
public:
    QueryReader(const Query& query, std::vector<FieldError>& errors)
        : query_(query), errors_(errors) {}

    std::optional<std::string> text(std::string_view name, Presence presence);
    std::optional<std::int64_t> integer(std::string_view name, Presence presence,
                                        IntRule rule = {});
    std::optional<bool> boolean(std::string_view name, Presence presence);
    std::optional<Date> date(std::string_view name, Presence presence);
    /// `limit`: 1..100000 (contract section 1).
    std::optional<std::int64_t> limit() {
        return integer("limit", Presence::kOptional, {1, 100'000});
    }

private:
    const Query& query_;
    std::vector<FieldError>& errors_;
};

}  // namespace dsm::http
