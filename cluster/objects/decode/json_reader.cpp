// JSON text to a value, keeping what Boost's own parser forgets: duplicate members, by path.
#include <fmt/format.h>

#include <boost/json/basic_parser_impl.hpp>
#include <set>

#include "cluster/objects/decode.hpp"

namespace dsm::cluster {
namespace {

constexpr std::size_t kMaxDepth = 1000;
constexpr std::size_t kMaxDuplicates = 100;

/// Builds the value and remembers where it is.
class Reader {
public:
    static constexpr std::size_t max_object_size = SIZE_MAX;
    static constexpr std::size_t max_array_size = SIZE_MAX;
    static constexpr std::size_t max_key_size = SIZE_MAX;
    static constexpr std::size_t max_string_size = SIZE_MAX;

    explicit Reader(std::vector<std::string>* duplicates) : duplicates_(duplicates) {}

    bool on_document_begin(json::error_code&) {
        stack_.reset();
        return true;
    }
    bool on_document_end(json::error_code&) { return true; }
    bool on_object_begin(json::error_code&) {
        if (duplicates_) levels_.push_back({});
        return true;
    }
    bool on_object_end(std::size_t count, json::error_code&) {
        stack_.push_object(count);
        leave();
        return true;
    }
    bool on_array_begin(json::error_code&) {
        if (duplicates_) levels_.push_back({.is_array = true});
        return true;
    }
    bool on_array_end(std::size_t count, json::error_code&) {
        stack_.push_array(count);
        leave();
        return true;
    }
    bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
        if (duplicates_) key_.append(part.data(), part.size());
        stack_.push_chars(part);
        return true;
    }
    bool on_key(json::string_view part, std::size_t, json::error_code&) {
        if (duplicates_) {
            key_.append(part.data(), part.size());
            enter_member();
        }
        stack_.push_key(part);
        return true;
    }
    bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
        stack_.push_chars(part);
        return true;
    }
    bool on_string(json::string_view part, std::size_t, json::error_code&) {
        stack_.push_string(part);
        return next();
    }
    bool on_number_part(json::string_view, json::error_code&) { return true; }
    bool on_int64(std::int64_t number, json::string_view, json::error_code&) {
        stack_.push_int64(number);
        return next();
    }
    bool on_uint64(std::uint64_t number, json::string_view, json::error_code&) {
        stack_.push_uint64(number);
        return next();
    }
    bool on_double(double number, json::string_view, json::error_code&) {
        stack_.push_double(number);
        return next();
    }
    bool on_bool(bool value, json::error_code&) {
        stack_.push_bool(value);
        return next();
    }
    bool on_null(json::error_code&) {
        stack_.push_null();
        return next();
    }
    bool on_comment_part(json::string_view, json::error_code&) { return true; }
    bool on_comment(json::string_view, json::error_code&) { return true; }

    json::value release() { return stack_.release(); }

private:
    struct Level {
        bool is_array = false;
        std::size_t index = 0;
        std::string member;
        std::set<std::string> seen;
    };

    bool next() {
        if (duplicates_ && !levels_.empty() && levels_.back().is_array) ++levels_.back().index;
        return true;
    }
    void leave() {
        if (!duplicates_) return;
        levels_.pop_back();
        next();
    }
    void enter_member() {
        auto& level = levels_.back();
        level.member = std::exchange(key_, {});
        if (!level.seen.insert(level.member).second && duplicates_->size() < kMaxDuplicates) {
            duplicates_->push_back(path());
        }
    }
    std::string path() const {
        std::string out;
        for (const auto& level : levels_) {
            if (level.is_array) {
                out += fmt::format("[{}]", level.index);
            } else {
                out += (out.empty() ? "" : ".") + level.member;
            }
        }
        return out;
    }

    json::value_stack stack_;
    std::vector<std::string>* duplicates_;
    std::vector<Level> levels_;
    std::string key_;
};

/// Go's words for what is wrong with a JSON text at a place.
std::string go_syntax_error(std::string_view text, std::size_t at, const json::error_code& error) {
    if (at >= text.size() || error == json::error::incomplete) {
        return "unexpected end of JSON input";
    }
    if (error == json::error::too_deep) return "exceeded max depth";
    const char c = text[at];
    const auto shown = c == '\'' ? std::string("'\\''")
                                 : fmt::format("'{}'", static_cast<unsigned char>(c) < 0x20
                                                           ? fmt::format("\\x{:02x}", c)
                                                           : std::string(1, c));
    if (error == json::error::extra_data) {
        return fmt::format("invalid character {} after top-level value", shown);
    }
    return fmt::format("invalid character {} looking for beginning of value", shown);
}

}  // namespace

std::expected<json::value, std::string> parse_json(std::string_view text,
                                                   std::vector<std::string>* duplicates) {
    json::parse_options options;
    options.max_depth = kMaxDepth;
    json::basic_parser<Reader> parser(options, duplicates);
    json::error_code error;
    const auto used = parser.write_some(false, text.data(), text.size(), error);
    if (error) return std::unexpected(go_syntax_error(text, used, error));
    if (used < text.size()) {
        return std::unexpected(go_syntax_error(text, used, json::error::extra_data));
    }
    return parser.handler().release();
}

}  // namespace dsm::cluster
