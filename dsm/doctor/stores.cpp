// The files of a data directory and the disk below them.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "dsm/doctor/finding.hpp"
#include "libs/sql/integrity.hpp"

namespace dsm::doctor {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t kMegabyte = 1'000'000;

/// Less is not ill yet, but will be.
std::uintmax_t enough(std::uintmax_t all_bytes) {
    return std::clamp(all_bytes / 100, 100 * kMegabyte, 1'000 * kMegabyte);
}

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
    if (const auto writable = sql::check_writable(path); !writable) {
        const bool held = writable.error().code == ErrorCode::kUnavailable;
        return {.subject = path,
                .health = Health::kIll,
                .what = writable.error().message,
                .advice = held ? "end what holds it (`fuser` names it); DSM goes on by itself then"
                               : "give DSM the right to write it and its folder, or mount its file "
                                 "system for writing"};
    }
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

Finding judge_space(const std::string& data, std::uintmax_t free_bytes, std::uintmax_t all_bytes) {
    Finding finding{.subject = data};
    const auto megabytes = free_bytes / kMegabyte;
    finding.what = fmt::format("{} MB are free", megabytes);
    if (free_bytes >= enough(all_bytes)) return finding;
    finding.health = Health::kIll;
    finding.what = free_bytes < kMegabyte
                       ? "its disk is full: nothing can be written"
                       : fmt::format("its disk is nearly full: {} MB are free", megabytes);
    finding.advice = "make room; what could not be stored was refused, and nothing is lost";
    return finding;
}

std::vector<Finding> check_space(const std::string& data) {
    std::error_code absent;
    const auto space = fs::space(data, absent);
    if (absent) return {};
    return {judge_space(data, space.available, space.capacity)};
}

std::vector<std::string> stores_without_past(const std::string& data) {
    auto paths = stores_of(data);
    const auto is_empty = [](const std::string& path) {
        std::error_code gone;
        return fs::file_size(path, gone) == 0 && !gone;
    };
    const auto others = std::ranges::partition(paths, is_empty);
    const bool all_are_new = others.empty();
    paths.erase(others.begin(), others.end());
    std::ranges::sort(paths);
    return all_are_new ? std::vector<std::string>() : paths;
}

std::vector<Finding> check_stores(const std::string& data) {
    std::vector<Finding> findings;
    const auto emptied = stores_without_past(data);
    for (const auto& path : stores_of(data)) {
        if (std::ranges::find(emptied, path) == emptied.end()) {
            findings.push_back(check_store(path));
            continue;
        }
        findings.push_back({.subject = path,
                            .health = Health::kIll,
                            .what = "it is empty, and other stores beside it are not",
                            .advice = "a start takes it for a new one; if it held something, put a "
                                      "backup in its place first"});
    }
    return findings;
}

}  // namespace dsm::doctor
