#include "cluster/controllers/pod_outputs.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <vector>

namespace dsm::cluster {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kEnding = ".log";
constexpr std::size_t kLetters = 5;

/// "dsm_job-abcde.log" → "/dsm/job". No namespace holds a "_".
std::optional<std::string> job_key_of(std::string_view file) {
    const auto separator = file.find('_');
    if (separator == std::string_view::npos || !file.ends_with(kEnding)) return std::nullopt;
    const auto pod = file.substr(separator + 1, file.size() - separator - 1 - kEnding.size());
    if (pod.size() <= kLetters + 1 || pod[pod.size() - kLetters - 1] != '-') return std::nullopt;
    return fmt::format("/{}/{}", file.substr(0, separator),
                       pod.substr(0, pod.size() - kLetters - 1));
}

}  // namespace

std::string output_file(const std::string& folder, std::string_view name_space,
                        std::string_view pod) {
    return fmt::format("{}/{}_{}{}", folder, name_space, pod, kEnding);
}

void remove_orphaned_outputs(const std::string& folder,
                             const std::function<bool(const std::string& key)>& is_there) {
    if (folder.empty()) return;
    std::error_code ignored;
    std::vector<fs::path> orphans;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        const auto key = job_key_of(entry.path().filename().string());
        if (key && !is_there(*key)) orphans.push_back(entry.path());
    }
    for (const auto& path : orphans) fs::remove(path, ignored);
}

}  // namespace dsm::cluster
