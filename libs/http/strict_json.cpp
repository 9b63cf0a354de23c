// parse_json(): JSON as strictly as contract section 1 asks, with the byte offset of the first
// mistake.
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <cmath>

#include "libs/http/body.hpp"

namespace dsm::http {
namespace {

namespace json = boost::json;
using json::error_code;
using json::string_view;

enum class DuplicateKeys { kCounted, kRefused };

/// Builds the value. Keys are only counted at first: comparing the count with the finished value
/// tells whether any was doubled, and then a second run with kRefused says where.
class Builder {
public:
    static constexpr std::size_t max_object_size = std::size_t(-1);
    static constexpr std::size_t max_array_size = std::size_t(-1);
    static constexpr std::size_t max_key_size = std::size_t(-1);
    static constexpr std::size_t max_string_size = std::size_t(-1);

    explicit Builder(DuplicateKeys duplicates) : duplicates_(duplicates) {}

    bool on_document_begin(error_code&) {
        stack_.reset();
        return true;
    }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) {
        if (duplicates_ == DuplicateKeys::kRefused) seen_.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t count, error_code&) {
        if (duplicates_ == DuplicateKeys::kRefused) seen_.pop_back();
        stack_.push_object(count);
        return true;
    }
    bool on_array_begin(error_code&) { return true; }
    bool on_array_end(std::size_t count, error_code&) {
        stack_.push_array(count);
        return true;
    }
    bool on_key_part(string_view part, std::size_t, error_code&) {
        key_.append(part.data(), part.size());
        stack_.push_chars(part);
        return true;
    }
    bool on_key(string_view part, std::size_t, error_code& failure) {
        key_.append(part.data(), part.size());
        ++keys_;
        if (duplicates_ == DuplicateKeys::kRefused && !seen_.back().insert(key_).second) {
            failure = json::error::syntax;
            return false;
        }
        key_.clear();
        stack_.push_key(part);
        return true;
    }
    bool on_string_part(string_view part, std::size_t, error_code&) {
        stack_.push_chars(part);
        return true;
    }
    bool on_string(string_view part, std::size_t, error_code&) {
        stack_.push_string(part);
        return true;
    }
    bool on_number_part(string_view, error_code&) { return true; }
    bool on_int64(std::int64_t number, string_view, error_code&) {
        stack_.push_int64(number);
        return true;
    }
    bool on_uint64(std::uint64_t number, string_view, error_code&) {
        stack_.push_uint64(number);
        return true;
    }
    bool on_double(double number, string_view, error_code& failure) {
        if (!std::isfinite(number)) {
            failure = json::error::not_number;
            return false;
        }
        stack_.push_double(number);
        return true;
    }
    bool on_bool(bool value, error_code&) {
        stack_.push_bool(value);
        return true;
    }
    bool on_null(error_code&) {
        stack_.push_null();
        return true;
    }
    bool on_comment_part(string_view, error_code&) { return true; }
    bool on_comment(string_view, error_code&) { return true; }

    json::value release() { return stack_.release(); }
    std::size_t keys() const { return keys_; }

private:
    DuplicateKeys duplicates_;
    json::value_stack stack_;
    std::string key_;
    std::size_t keys_ = 0;
    std::vector<std::set<std::string>> seen_;
};

json::parse_options strict_options() {
    json::parse_options options;
    options.max_depth = 64;
    return options;
}

FieldError invalid_at(std::size_t offset) {
    return {"json_invalid",
            {"body", static_cast<std::int64_t>(offset)},
            "JSON decode error",
            json::object(),
            std::nullopt};
}

/// Depth is at most 64 here, so recursion is safe.
std::size_t keys_in(const json::value& value) {
    std::size_t count = 0;
    if (const json::object* object = value.if_object()) {
        count = object->size();
        for (const auto& [key, member] : *object) count += keys_in(member);
    } else if (const json::array* array = value.if_array()) {
        for (const json::value& element : *array) count += keys_in(element);
    }
    return count;
}

std::expected<json::value, FieldError> run(std::string_view text, DuplicateKeys duplicates) {
    json::basic_parser<Builder> parser(strict_options(), duplicates);
    error_code failure;
    const std::size_t consumed = parser.write_some(false, text.data(), text.size(), failure);
    if (failure || !parser.done() || consumed < text.size())
        return std::unexpected(invalid_at(consumed));
    const std::size_t keys = parser.handler().keys();
    json::value value = parser.handler().release();
    if (keys_in(value) != keys) return run(text, DuplicateKeys::kRefused);
    return value;
}

}  // namespace

std::expected<json::value, FieldError> parse_json(std::string_view text) {
    return run(text, DuplicateKeys::kCounted);
}

}  // namespace dsm::http
