// The rules of names, with the real sentences.
#include <fmt/format.h>

#include "cluster/objects/validation.hpp"

namespace dsm::cluster {
namespace {

bool is_lower_alnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
bool is_alnum(char c) {
    return is_lower_alnum(c) || (c >= 'A' && c <= 'Z');
}

std::string too_long(std::size_t max) {
    return fmt::format("must be no more than {} characters", max);
}

bool is_dns_label(std::string_view text) {
    if (text.empty() || !is_lower_alnum(text.front()) || !is_lower_alnum(text.back())) return false;
    for (char c : text) {
        if (!is_lower_alnum(c) && c != '-') return false;
    }
    return true;
}

bool is_subdomain(std::string_view text) {
    while (true) {
        const auto dot = text.find('.');
        if (!is_dns_label(text.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        text.remove_prefix(dot + 1);
    }
}

bool is_qualified_part(std::string_view text) {
    if (text.empty() || !is_alnum(text.front()) || !is_alnum(text.back())) return false;
    for (char c : text) {
        if (!is_alnum(c) && c != '-' && c != '_' && c != '.') return false;
    }
    return true;
}

constexpr std::string_view kSubdomain =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    "for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
constexpr std::string_view kLabel =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
constexpr std::string_view kQualified =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
    "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
constexpr std::string_view kLabelValue =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
    "and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or "
    "'12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

}  // namespace

std::vector<std::string> subdomain_errors(std::string_view name) {
    std::vector<std::string> errors;
    if (name.size() > 253) errors.push_back(too_long(253));
    if (!is_subdomain(name)) errors.emplace_back(kSubdomain);
    return errors;
}

std::vector<std::string> dns_label_errors(std::string_view name) {
    std::vector<std::string> errors;
    if (name.size() > 63) errors.push_back(too_long(63));
    if (!is_dns_label(name)) {
        if (is_subdomain(name)) {
            errors.emplace_back("must not contain dots");
        } else {
            errors.emplace_back(kLabel);
        }
    }
    return errors;
}

std::vector<std::string> qualified_name_errors(std::string_view key) {
    std::vector<std::string> errors;
    const auto slash = key.find('/');
    auto name = key;
    if (slash != std::string_view::npos) {
        const auto prefix = key.substr(0, slash);
        name = key.substr(slash + 1);
        if (name.find('/') != std::string_view::npos) {
            errors.push_back(fmt::format(
                "a qualified name {} with an optional DNS subdomain prefix and '/' (e.g. "
                "'example.com/MyName')",
                kQualified));
            return errors;
        }
        if (prefix.empty()) {
            errors.emplace_back("prefix part must be non-empty");
        } else {
            for (const auto& error : subdomain_errors(prefix)) {
                errors.push_back("prefix part " + error);
            }
        }
    }
    if (name.empty()) {
        errors.emplace_back("name part must be non-empty");
    } else if (name.size() > 63) {
        errors.push_back("name part " + too_long(63));
    }
    if (!is_qualified_part(name)) errors.push_back(fmt::format("name part {}", kQualified));
    return errors;
}

std::vector<std::string> label_value_errors(std::string_view value) {
    std::vector<std::string> errors;
    if (value.size() > 63) errors.push_back(too_long(63));
    if (!value.empty() && !is_qualified_part(value)) errors.emplace_back(kLabelValue);
    return errors;
}

}  // namespace dsm::cluster
