// The house as a table: which room of libs may include which, and which layer of a service.
#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "tools/style/rules.hpp"

namespace dsm::style {
namespace {

using Rooms = std::vector<std::string>;

/// What each room of libs links, as its CMakeLists.txt says.
const std::map<std::string, Rooms> kRooms = {
    {"base", {}},
    {"failpoint", {"base"}},
    {"cron", {"base"}},
    {"rt", {"base"}},
    {"telemetry", {"base"}},
    {"http", {"base", "failpoint", "rt", "telemetry"}},
    {"sql", {"base", "failpoint", "rt", "telemetry"}},
    {"stream", {"base", "failpoint", "rt", "sql", "telemetry"}},
    {"outbox", {"base", "failpoint", "http", "rt", "sql", "stream", "telemetry"}},
    {"service", {"base", "failpoint", "rt", "http", "stream", "telemetry"}},
    {"kube", {"base", "failpoint", "rt", "http", "telemetry"}},
    {"testing", {"base", "rt", "http", "sql", "stream", "service", "telemetry"}},
};

/// Libraries that cost seconds to parse: for a .cpp, or a header that only .cpp files beside it
/// use.
constexpr std::array<std::string_view, 8> kHeavy = {
    "boost/beast", "soci/", "spdlog/", "prometheus/", "simdjson", "yaml-cpp/", "hiredis/", "CLI/"};

/// "a/b/c.hpp" → "a", "b", "c.hpp".
std::vector<std::string> parts_of(const std::string& path) {
    std::vector<std::string> parts{""};
    for (const char c : path) {
        if (c == '/') {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    parts.resize(std::max<std::size_t>(parts.size(), 4));
    return parts;
}

std::optional<std::string> libs_breach(const SourceFile& file, const std::string& room,
                                       const std::vector<std::string>& target) {
    if (target[0] != "libs") return "libs know no service and nothing above them: hand it in";
    const auto known = kRooms.find(room);
    if (known == kRooms.end()) return "a new room: add it to the table in tools/style";
    if (target[1] == room || (file.is_test() && target[1] == "testing")) return std::nullopt;
    if (file.is_test() || std::ranges::find(known->second, target[1]) != known->second.end()) {
        return std::nullopt;
    }
    return "libs/" + room + " does not link libs/" + target[1] + ": move what is shared down";
}

std::optional<std::string> core_breach(const std::vector<std::string>& target) {
    const bool pure_lib = target[0] == "libs" && (target[1] == "base" || target[1] == "cron");
    if (pure_lib || (target[0] == "services" && target[2] == "core")) return std::nullopt;
    return "core is pure: it includes libs/base, libs/cron and its own core only";
}

std::optional<std::string> service_breach(const SourceFile& file,
                                          const std::vector<std::string>& from,
                                          const std::vector<std::string>& target) {
    const bool own = target[0] == "services" && target[1] == from[1];
    if (target[0] == "services" && !own) return "services meet on the wire: use the contract";
    if (target[0] != "libs" && !own) return "a service includes libs and itself only";
    if (target[0] == "libs" && target[1] == "testing" && !file.is_test()) {
        return "libs/testing is for tests";
    }
    if (file.is_test()) return std::nullopt;
    const std::string& layer = from[2];
    const std::string& other = target[2];
    if (layer == "core") return core_breach(target);
    if (!own) return std::nullopt;
    if (layer == "app" && (other == "adapters" || other == "http")) {
        return "app includes app and core only: declare a port in app and let " + other +
               " implement or call it";
    }
    if ((layer == "http" && other == "adapters") || (layer == "adapters" && other == "http")) {
        return "http and adapters meet in app: put the port there";
    }
    return std::nullopt;
}

std::optional<std::string> project_breach(const SourceFile& file, const std::string& target_path) {
    if (target_path.find('/') == std::string::npos || target_path.starts_with(".")) {
        return "include from the root of the tree: \"libs/base/result.hpp\"";
    }
    const auto from = parts_of(file.path);
    const auto target = parts_of(target_path);
    if (from[0] == "libs") return libs_breach(file, from[1], target);
    if (from[0] == "services") return service_breach(file, from, target);
    if (from[0] == "cluster" && target[0] != "cluster" && target[0] != "libs") {
        return "the embedded cluster includes libs and itself only";
    }
    return std::nullopt;
}

std::optional<std::string> library_breach(const SourceFile& file, const std::string& target) {
    const auto from = parts_of(file.path);
    const bool core = from[0] == "services" && from[2] == "core" && !file.is_test();
    if (core && target.starts_with("boost/asio")) return "core does no I/O: move it to app";
    if (from[0] == "services" && target.starts_with("soci/") && from[2] != "adapters" &&
        !file.is_test()) {
        return "SQL lives in adapters: declare a port in app";
    }
    return std::nullopt;
}

/// The path in an include line, and whether it is one of ours; empty for any other line.
std::string include_of(const std::string& line, bool& ours) {
    if (!line.starts_with("#include ") || line.size() < 11) return "";
    ours = line[9] == '"';
    const std::size_t end = line.find(ours ? '"' : '>', 10);
    return end == line.npos ? "" : line.substr(10, end - 10);
}

bool includes_heavy(const SourceFile& file) {
    return std::ranges::any_of(file.code, [](const std::string& line) {
        bool ours = false;
        const std::string target = include_of(line, ours);
        return !target.empty() && !ours &&
               std::ranges::any_of(kHeavy, [&](auto prefix) { return target.starts_with(prefix); });
    });
}

}  // namespace

void check_dependencies(const SourceFile& file, Breaches& breaches) {
    for (std::size_t i = 0; i < file.code.size(); ++i) {
        bool ours = false;
        const std::string target = include_of(file.code[i], ours);
        if (target.empty()) continue;
        const auto message = ours ? project_breach(file, target) : library_breach(file, target);
        if (message) breaches.push_back({file.path, i + 1, "dependency", *message});
    }
}

void check_heavy_headers(const std::vector<SourceFile>& files, Breaches& breaches) {
    std::map<std::string, std::string> heavy;  // a header and its folder
    const auto heavy_target = [&](const std::string& line) {
        bool ours = false;
        const auto found = heavy.find(include_of(line, ours));
        return ours ? found : heavy.end();
    };
    for (std::size_t before = 1; before != heavy.size();) {
        before = heavy.size();
        for (const SourceFile& file : files) {
            const bool passes_on = std::ranges::any_of(file.code, [&](const std::string& line) {
                return heavy_target(line) != heavy.end();
            });
            if (file.is_header() && (passes_on || includes_heavy(file))) {
                heavy[file.path] = file.folder();
            }
        }
        if (heavy.empty()) return;
    }
    for (const SourceFile& file : files) {
        for (std::size_t i = 0; i < file.code.size(); ++i) {
            const auto found = heavy_target(file.code[i]);
            if (found == heavy.end() || file.folder() == found->second) continue;
            breaches.push_back({file.path, i + 1, "dependency",
                                found->first + " is slow to parse (Beast, SOCI, …): hide that in a "
                                               ".cpp, or use it only beside itself"});
        }
    }
}

}  // namespace dsm::style
