// Validation of the ids that callers send.
#include "libs/telemetry/trace.hpp"

#include <algorithm>

namespace dsm::telemetry {
namespace {

bool is_hex(std::string_view text) {
    return std::ranges::all_of(
        text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c == '0'; });
}

}  // namespace

bool is_valid_correlation_id(std::string_view text) {
    return !text.empty() && text.size() <= 128 &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

bool is_valid_traceparent(std::string_view text) {
    if (text.size() != 55 || text.substr(0, 3) != "00-" || text[35] != '-' || text[52] != '-') {
        return false;
    }
    const std::string_view trace_id = text.substr(3, 32);
    const std::string_view parent_id = text.substr(36, 16);
    return is_hex(trace_id) && is_hex(parent_id) && is_hex(text.substr(53)) && !is_zero(trace_id) &&
           !is_zero(parent_id);
}

std::string child_traceparent(std::string_view traceparent, std::string_view span_id) {
    std::string child(traceparent);
    child.replace(36, 16, span_id);
    return child;
}

}  // namespace dsm::telemetry
