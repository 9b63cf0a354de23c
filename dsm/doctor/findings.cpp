// Findings as text.
#include <fmt/format.h>

#include <algorithm>

#include "dsm/doctor/finding.hpp"

namespace dsm::doctor {

std::string told(const std::vector<Finding>& findings) {
    std::string text;
    for (const auto& finding : findings) {
        text += fmt::format("{:<4}  {}: {}\n", finding.health == Health::kWell ? "ok" : "ILL",
                            finding.subject, finding.what);
        std::string_view rest = finding.advice;
        while (!rest.empty()) {
            const auto end = std::min(rest.find('\n'), rest.size());
            text += fmt::format("      {}\n", rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    return text;
}

bool all_well(const std::vector<Finding>& findings) {
    return std::ranges::all_of(
        findings, [](const Finding& finding) { return finding.health == Health::kWell; });
}

}  // namespace dsm::doctor
