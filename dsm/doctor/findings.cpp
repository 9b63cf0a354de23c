// The files of a data directory, and findings as text.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "dsm/doctor/finding.hpp"
#include "libs/sql/integrity.hpp"

namespace dsm::doctor {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> stores_of(const std::string& data) {
    std::vector<std::string> paths;
    for (const char* folder : {"", "cluster"}) {
        std::error_code absent;
        for (const auto& entry : fs::directory_iterator(fs::path(data) / folder, absent)) {
            if (entry.path().extension() == ".db") paths.push_back(entry.path().string());
        }
    }
    std::ranges::sort(paths);
    return paths;
}

Finding check_store(const std::string& path) {
    const auto checked = sql::check_integrity(path);
    if (checked) return {.subject = path, .what = "whole"};
    const bool damaged = checked.error().code == ErrorCode::kInvalid;
    return {.subject = path,
            .health = Health::kIll,
            .what = checked.error().message,
            .advice = damaged ? "stop DSM, keep a copy of the file, and put a backup in its place"
                              : "see that it may be read, and ask again"};
}

}  // namespace

std::vector<Finding> check_stores(const std::string& data) {
    std::vector<Finding> findings;
    for (const auto& path : stores_of(data)) findings.push_back(check_store(path));
    return findings;
}

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
