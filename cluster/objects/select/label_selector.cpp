// The grammar of label selectors, as the real server's lexer and parser read it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "cluster/objects/selector.hpp"
#include "cluster/objects/validation.hpp"

namespace dsm::cluster {
namespace {

enum class Token {
    kEnd,
    kError,
    kIdentifier,
    kIn,
    kNotIn,
    kEquals,
    kDoubleEquals,
    kNotEquals,
    kGreater,
    kLess,
    kComma,
    kOpen,
    kClose,
    kMissing,
};

struct Lexeme {
    Token token = Token::kEnd;
    std::string text;
};

bool is_special(char c) {
    return std::string_view("=!(),<>").find(c) != std::string_view::npos;
}
bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::optional<Token> symbol(std::string_view text) {
    if (text == ")") return Token::kClose;
    if (text == ",") return Token::kComma;
    if (text == "!") return Token::kMissing;
    if (text == "==") return Token::kDoubleEquals;
    if (text == "=") return Token::kEquals;
    if (text == ">") return Token::kGreater;
    if (text == "<") return Token::kLess;
    if (text == "!=") return Token::kNotEquals;
    if (text == "(") return Token::kOpen;
    return std::nullopt;
}

std::vector<Lexeme> scan(std::string_view text) {
    std::vector<Lexeme> out;
    std::size_t at = 0;
    while (true) {
        while (at < text.size() && is_space(text[at])) ++at;
        if (at >= text.size()) break;
        if (is_special(text[at])) {
            // the longest symbol counts; what follows it starts anew
            std::string buffer;
            std::optional<Lexeme> last;
            while (at < text.size() && is_special(text[at])) {
                buffer += text[at];
                const auto token = symbol(buffer);
                if (token) {
                    last = Lexeme{*token, buffer};
                } else if (last) {
                    break;
                }
                ++at;
            }
            out.push_back(last ? *last
                               : Lexeme{Token::kError, fmt::format("error expected: keyword found "
                                                                   "'{}'",
                                                                   buffer)});
            continue;
        }
        std::string word;
        while (at < text.size() && !is_special(text[at]) && !is_space(text[at])) word += text[at++];
        const auto token = word == "in"      ? Token::kIn
                           : word == "notin" ? Token::kNotIn
                                             : Token::kIdentifier;
        out.push_back({token, word});
    }
    out.push_back({});
    return out;
}

std::optional<std::int64_t> whole(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace

/// Turns lexemes into requirements. Words where values stand count as text, also "in" and "notin".
class LabelSelectorParser {
public:
    using Operator = LabelSelector::Operator;
    using Requirement = LabelSelector::Requirement;
    template <class T>
    using Parsed = std::expected<T, std::string>;

    explicit LabelSelectorParser(std::string_view text) : lexemes_(scan(text)) {}

    Parsed<std::vector<Requirement>> parse() {
        std::vector<Requirement> requirements;
        while (true) {
            const auto& ahead = peek(Context::kValue);
            if (ahead.token == Token::kIdentifier || ahead.token == Token::kMissing) {
                auto requirement = one();
                if (!requirement) {
                    return std::unexpected("unable to parse requirement: " + requirement.error());
                }
                requirements.push_back(std::move(*requirement));
                const auto after = take(Context::kValue);
                if (after.token == Token::kEnd) return requirements;
                if (after.token != Token::kComma) {
                    return std::unexpected(
                        fmt::format("found '{}', expected: ',' or 'end of string'", after.text));
                }
                const auto& next = peek(Context::kValue);
                if (next.token != Token::kIdentifier && next.token != Token::kMissing) {
                    return std::unexpected(
                        fmt::format("found '{}', expected: identifier after ','", next.text));
                }
            } else if (ahead.token == Token::kEnd) {
                return requirements;
            } else {
                return std::unexpected(fmt::format(
                    "found '{}', expected: !, identifier, or 'end of string'", ahead.text));
            }
        }
    }

private:
    enum class Context { kKey, kValue };

    const Lexeme& peek(Context context) {
        auto& lexeme = lexemes_[at_];
        seen_ = lexeme;
        if (context == Context::kValue &&
            (lexeme.token == Token::kIn || lexeme.token == Token::kNotIn)) {
            seen_.token = Token::kIdentifier;
        }
        return seen_;
    }
    Lexeme take(Context context) {
        auto lexeme = peek(context);
        if (at_ + 1 < lexemes_.size()) ++at_;
        return lexeme;
    }

    Parsed<Requirement> one() {
        Requirement requirement;
        auto first = take(Context::kValue);
        const bool missing = first.token == Token::kMissing;
        if (missing) first = take(Context::kValue);
        if (first.token != Token::kIdentifier) {
            return std::unexpected(fmt::format("found '{}', expected: identifier", first.text));
        }
        requirement.key = first.text;
        if (const auto errors = qualified_name_errors(first.text); !errors.empty()) {
            return std::unexpected(
                FieldError::invalid("key", first.text, fmt::format("{}", fmt::join(errors, "; ")))
                    .body.insert(0, "<nil>: "));
        }
        requirement.op = missing ? Operator::kMissing : Operator::kExists;
        const auto& ahead = peek(Context::kValue);
        if (missing || ahead.token == Token::kEnd || ahead.token == Token::kComma) {
            return requirement;
        }
        if (auto error = operation(requirement)) return std::unexpected(std::move(*error));
        if (auto error = values(requirement)) return std::unexpected(std::move(*error));
        return requirement;
    }

    std::optional<std::string> operation(Requirement& requirement) {
        const auto lexeme = take(Context::kKey);
        switch (lexeme.token) {
            case Token::kIn:
                requirement.op = Operator::kIn;
                break;
            case Token::kNotIn:
                requirement.op = Operator::kNotIn;
                break;
            case Token::kEquals:
            case Token::kDoubleEquals:
                requirement.op = Operator::kEquals;
                break;
            case Token::kNotEquals:
                requirement.op = Operator::kNotEquals;
                break;
            case Token::kGreater:
                requirement.op = Operator::kGreater;
                break;
            case Token::kLess:
                requirement.op = Operator::kLess;
                break;
            default:
                return fmt::format("found '{}', expected: in, notin, =, ==, !=, gt, lt",
                                   lexeme.text);
        }
        return std::nullopt;
    }

    std::optional<std::string> values(Requirement& requirement) {
        const bool set = requirement.op == Operator::kIn || requirement.op == Operator::kNotIn;
        auto error = set ? value_set(requirement) : value(requirement);
        if (error) return error;
        for (const auto& each : requirement.values) {
            if (const auto errors = label_value_errors(each); !errors.empty()) {
                return fmt::format("values[0][{}]: Invalid value: {}: {}", requirement.key,
                                   go_quote(each), fmt::join(errors, "; "));
            }
        }
        const bool compares =
            requirement.op == Operator::kGreater || requirement.op == Operator::kLess;
        if (compares && !whole(requirement.values.front())) {
            return fmt::format(
                "values[0]: Invalid value: {}: for 'Gt', 'Lt' operators, the value "
                "must be an integer",
                go_quote(requirement.values.front()));
        }
        std::ranges::sort(requirement.values);
        const auto rest = std::ranges::unique(requirement.values);
        requirement.values.erase(rest.begin(), rest.end());
        return std::nullopt;
    }

    std::optional<std::string> value(Requirement& requirement) {
        const auto& ahead = peek(Context::kValue);
        if (ahead.token == Token::kEnd || ahead.token == Token::kComma) {
            requirement.values.emplace_back();
            return std::nullopt;
        }
        const auto lexeme = take(Context::kValue);
        if (lexeme.token != Token::kIdentifier) {
            return fmt::format("found '{}', expected: identifier", lexeme.text);
        }
        requirement.values.push_back(lexeme.text);
        return std::nullopt;
    }

    std::optional<std::string> value_set(Requirement& requirement) {
        const auto open = take(Context::kValue);
        if (open.token != Token::kOpen) {
            return fmt::format("found '{}' expected: '('", open.text);
        }
        while (true) {
            const auto lexeme = take(Context::kValue);
            if (lexeme.token == Token::kIdentifier) {
                requirement.values.push_back(lexeme.text);
                const auto after = take(Context::kValue);
                if (after.token == Token::kClose) return std::nullopt;
                if (after.token != Token::kComma) {
                    return fmt::format("found '{}', expected: ',' or ')'", after.text);
                }
                if (peek(Context::kValue).token == Token::kClose) {
                    requirement.values.emplace_back();
                    take(Context::kValue);
                    return std::nullopt;
                }
            } else if (lexeme.token == Token::kComma) {
                requirement.values.emplace_back();
                if (peek(Context::kValue).token == Token::kClose) {
                    requirement.values.emplace_back();
                    take(Context::kValue);
                    return std::nullopt;
                }
            } else if (lexeme.token == Token::kClose) {
                if (requirement.values.empty()) requirement.values.emplace_back();
                return std::nullopt;
            } else {
                return fmt::format("found '{}', expected: ',', ')' or identifier", lexeme.text);
            }
        }
    }

    std::vector<Lexeme> lexemes_;
    std::size_t at_ = 0;
    Lexeme seen_;
};

std::expected<LabelSelector, std::string> LabelSelector::parse(std::string_view text) {
    auto requirements = LabelSelectorParser(text).parse();
    if (!requirements) return std::unexpected(requirements.error());
    LabelSelector selector;
    selector.requirements_ = std::move(*requirements);
    std::ranges::sort(selector.requirements_, {}, &Requirement::key);
    return selector;
}

LabelSelector LabelSelector::from_object(const json::value& selector) {
    static const std::map<std::string_view, Operator> kOperators = {
        {"In", Operator::kIn},
        {"NotIn", Operator::kNotIn},
        {"Exists", Operator::kExists},
        {"DoesNotExist", Operator::kMissing}};
    LabelSelector out;
    if (const auto* labels = find_at(selector, {"matchLabels"}); labels && labels->is_object()) {
        for (const auto& [key, value] : labels->get_object()) {
            if (!value.is_string()) continue;
            out.requirements_.push_back(
                {std::string(key), Operator::kEquals, {std::string(value.get_string())}});
        }
    }
    for (const auto& expression : array_at(selector, {"matchExpressions"})) {
        const auto op = kOperators.find(text_at(expression, {"operator"}));
        if (op == kOperators.end()) continue;
        Requirement requirement{std::string(text_at(expression, {"key"})), op->second, {}};
        for (const auto& value : array_at(expression, {"values"})) {
            if (value.is_string()) requirement.values.emplace_back(value.get_string());
        }
        std::ranges::sort(requirement.values);
        out.requirements_.push_back(std::move(requirement));
    }
    std::ranges::sort(out.requirements_, {}, &Requirement::key);
    return out;
}

bool LabelSelector::matches(const json::value& object) const {
    const auto* labels = find_at(object, {"metadata", "labels"});
    const auto* map = labels ? labels->if_object() : nullptr;
    return std::ranges::all_of(requirements_, [&](const auto& each) { return holds(each, map); });
}

bool LabelSelector::holds(const Requirement& requirement, const json::object* labels) const {
    const auto* label = labels ? labels->if_contains(requirement.key) : nullptr;
    const bool has = label && label->is_string();
    const std::string_view value = has ? std::string_view(label->get_string()) : std::string_view{};
    const bool listed =
        has && std::ranges::find(requirement.values, value) != requirement.values.end();
    switch (requirement.op) {
        case Operator::kIn:
        case Operator::kEquals:
            return listed;
        case Operator::kNotIn:
        case Operator::kNotEquals:
            return !listed;
        case Operator::kExists:
            return has;
        case Operator::kMissing:
            return !has;
        case Operator::kGreater:
        case Operator::kLess: {
            const auto number = has ? whole(value) : std::nullopt;
            const auto limit = whole(requirement.values.front());
            if (!number || !limit) return false;
            return requirement.op == Operator::kGreater ? *number > *limit : *number < *limit;
        }
    }
    return false;
}

std::string LabelSelector::to_string() const {
    std::vector<std::string> parts;
    for (const auto& each : requirements_) {
        const auto set = fmt::format("({})", fmt::join(each.values, ","));
        const auto& first = each.values.empty() ? std::string() : each.values.front();
        switch (each.op) {
            case Operator::kIn:
                parts.push_back(each.key + " in " + set);
                break;
            case Operator::kNotIn:
                parts.push_back(each.key + " notin " + set);
                break;
            case Operator::kEquals:
                parts.push_back(each.key + "=" + first);
                break;
            case Operator::kNotEquals:
                parts.push_back(each.key + "!=" + first);
                break;
            case Operator::kExists:
                parts.push_back(each.key);
                break;
            case Operator::kMissing:
                parts.push_back("!" + each.key);
                break;
            case Operator::kGreater:
                parts.push_back(each.key + ">" + first);
                break;
            case Operator::kLess:
                parts.push_back(each.key + "<" + first);
                break;
        }
    }
    return fmt::format("{}", fmt::join(parts, ","));
}

}  // namespace dsm::cluster
