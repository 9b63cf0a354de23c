// YAML text to a JSON value, scalars resolved as YAML 1.1 does for Kubernetes (yes is true).
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cmath>
#include <set>

#include "cluster/objects/decode.hpp"

namespace dsm::cluster {
namespace {

constexpr int kMaxDepth = 200;
constexpr std::size_t kMaxNodes = 20'000;  // aliases can multiply a small text
// A parsed document takes 200 times its text and seconds a megabyte; kubectl itself sends JSON.
constexpr std::size_t kMaxBytes = 256 * 1024;

template <class T>
std::optional<T> whole_number(std::string_view text, int base = 10) {
    T number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, text) != words.end();
}

std::optional<json::value> integer(std::string_view text) {
    std::string plain;
    for (char c : text) {
        if (c != '_') plain += c;
    }
    std::string_view digits = plain;
    const bool negative = digits.starts_with('-');
    if (negative || digits.starts_with('+')) digits.remove_prefix(1);
    if (digits.empty() || digits[0] < '0' || digits[0] > '9') return std::nullopt;
    int base = 10;
    if (digits.starts_with("0x")) {
        base = 16;
    } else if (digits.starts_with("0b")) {
        base = 2;
    } else if (digits.starts_with("0o")) {
        base = 8;
    }
    if (base != 10) {
        digits.remove_prefix(2);
    } else if (digits.size() > 1 && digits[0] == '0') {
        base = 8;
    }
    const auto number = whole_number<std::uint64_t>(digits, base);
    if (!number) return std::nullopt;
    constexpr auto kMax = static_cast<std::uint64_t>(INT64_MAX);
    if (negative) {
        if (*number > kMax + 1) return std::nullopt;
        return json::value(static_cast<std::int64_t>(0 - *number));
    }
    if (*number > kMax) return json::value(*number);
    return json::value(static_cast<std::int64_t>(*number));
}

std::optional<json::value> real(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto first = text.find_first_of("0123456789");
    if (first == std::string_view::npos) return std::nullopt;
    if (text.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return std::nullopt;
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    if (!std::isfinite(number)) return std::nullopt;
    if (number == std::floor(number) && std::abs(number) < 9e15) {
        return json::value(static_cast<std::int64_t>(number));  // as Go's JSON writes it
    }
    return json::value(number);
}

json::value plain_scalar(const std::string& text) {
    if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return nullptr;
    if (is_one_of(text,
                  {"true", "True", "TRUE", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON"})) {
        return true;
    }
    if (is_one_of(text,
                  {"false", "False", "FALSE", "n", "N", "no", "No", "NO", "off", "Off", "OFF"})) {
        return false;
    }
    if (auto number = integer(text)) return *number;
    if (auto number = real(text)) return *number;
    return json::value(text);
}

class Converter {
public:
    explicit Converter(std::vector<std::string>* duplicates) : duplicates_(duplicates) {}

    json::value convert(const YAML::Node& node, int depth) {
        if (depth > kMaxDepth || ++nodes_ > kMaxNodes) {
            throw YAML::Exception(node.Mark(), "document contains excessive aliasing");
        }
        switch (node.Type()) {
            case YAML::NodeType::Map:
                return map(node, depth);
            case YAML::NodeType::Sequence: {
                json::array out;
                for (const auto& element : node) out.push_back(convert(element, depth + 1));
                return out;
            }
            case YAML::NodeType::Scalar:
                return node.Tag() == "?" || node.Tag().empty() ? plain_scalar(node.Scalar())
                                                               : json::value(node.Scalar());
            default:
                return nullptr;
        }
    }

private:
    json::value map(const YAML::Node& node, int depth) {
        json::object out;
        for (const auto& member : node) {
            if (!member.first.IsScalar()) {
                throw YAML::Exception(member.first.Mark(), "invalid map key");
            }
            const auto& key = member.first.Scalar();
            if (out.contains(key) && duplicates_) {
                duplicates_->push_back(
                    fmt::format("yaml: unmarshal errors:\n  line {}: key {} "
                                "already set in map",
                                member.first.Mark().line + 1, go_quote(key)));
            }
            out[key] = convert(member.second, depth + 1);
        }
        return out;
    }

    std::vector<std::string>* duplicates_;
    std::size_t nodes_ = 0;
};

/// yaml-cpp parses by recursion, so refuse what nests deeper than any object before it does.
bool nests_too_deep(std::string_view text) {
    int flow = 0;
    int indent_levels = 0;
    bool line_start = true;
    int dashes = 0;
    for (char c : text) {
        if (c == '\n') {
            line_start = true;
            indent_levels = 0;
            dashes = 0;
            continue;
        }
        if (line_start) {
            if (c == ' ') {
                ++indent_levels;
            } else if (c == '-' || c == '?') {
                ++dashes;
            } else {
                line_start = false;
            }
            if (indent_levels + dashes > 4 * kMaxDepth || dashes > kMaxDepth) return true;
        }
        if (c == '{' || c == '[') ++flow;
        if (c == '}' || c == ']') --flow;
        if (flow > kMaxDepth) return true;
    }
    return false;
}

}  // namespace

std::expected<json::value, std::string> parse_yaml(std::string_view text,
                                                   std::vector<std::string>* duplicates) {
    if (text.size() > kMaxBytes) {
        return std::unexpected(fmt::format(
            "yaml: the embedded cluster reads documents of up to {} bytes: send JSON", kMaxBytes));
    }
    if (nests_too_deep(text)) return std::unexpected("yaml: exceeded max depth");
    try {
        const auto node = YAML::Load(std::string(text));
        return Converter(duplicates).convert(node, 0);
    } catch (const YAML::Exception& error) {
        return std::unexpected(fmt::format("yaml: line {}: {}", error.mark.line + 1, error.msg));
    } catch (const std::exception& error) {
        return std::unexpected(fmt::format("yaml: {}", error.what()));
    }
}

}  // namespace dsm::cluster
