#include "services/orchestrator/core/naming.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "libs/base/digest.hpp"

namespace dsm::orchestrator {
namespace {

// A CronJob's name may have 52 characters, so that 11 are left for its Jobs' suffix.
constexpr std::size_t kLongest = 52;
constexpr std::string_view kPrefix = "run-dailyscrum-";
constexpr std::size_t kHashLength = 16;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        if (is_upper(c)) c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

bool has_plain_form(std::string_view project, std::string_view sprint) {
    const auto allowed = [](char c) { return is_upper(c) || is_digit(c) || c == '-'; };
    if (project.empty() || project.front() == '-' || project.back() == '-') return false;
    if (!std::ranges::all_of(project, allowed)) return false;
    if (!sprint.starts_with(project)) return false;
    const std::string_view suffix = sprint.substr(project.size());
    return suffix.size() >= 4 && suffix.starts_with("-S") &&
           std::ranges::all_of(suffix.substr(2), is_digit) &&
           kPrefix.size() + project.size() + 1 + sprint.size() <= kLongest;
}

/// What people can still read of `text`: lower-case letters and digits, single hyphens between.
std::string readable(std::string_view text) {
    std::string result;
    for (const char c : lower(text)) {
        if (is_lower(c) || is_digit(c)) {
            result += c;
        } else if (!result.empty() && result.back() != '-') {
            result += '-';
        }
    }
    while (result.ends_with('-')) result.pop_back();
    return result;
}

}  // namespace

std::string cronjob_name(const ProjectId& project, const SprintId& sprint) {
    const std::string both = project.str() + "-" + sprint.str();
    if (has_plain_form(project.str(), sprint.str())) return std::string(kPrefix) + lower(both);

    // A plain name ends with "-s" and digits; no hex digit is an "s", so the forms never meet.
    const std::string hash =
        sha256_hex(fmt::format("{}:{}{}:{}", project.str().size(), project.str(),
                               sprint.str().size(), sprint.str()))
            .substr(0, kHashLength);
    std::string name = std::string(kPrefix) + readable(both);
    name.resize(std::min(name.size(), kLongest - kHashLength - 1));
    while (name.ends_with('-')) name.pop_back();
    return name + "-" + hash;
}

bool is_label_value(std::string_view text) {
    const auto alphanumeric = [](char c) { return is_upper(c) || is_lower(c) || is_digit(c); };
    const auto allowed = [&](char c) {
        return alphanumeric(c) || c == '-' || c == '_' || c == '.';
    };
    return !text.empty() && text.size() <= 63 && alphanumeric(text.front()) &&
           alphanumeric(text.back()) && std::ranges::all_of(text, allowed);
}

std::string label_value(const std::string& id) {
    return is_label_value(id) ? id : sha256_hex(id).substr(0, 32);
}

}  // namespace dsm::orchestrator
