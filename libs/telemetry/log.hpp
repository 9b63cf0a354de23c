// Structured log events: one JSON line each, control characters escaped, nothing secret.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

namespace dsm::telemetry {

enum class Level { kDebug, kInfo, kWarning, kError };

/// Where lines go and which are dropped. Safe to call from any thread; set once at start.
struct LogSettings {
    Level level = Level::kInfo;
    std::string file;  ///< empty: stderr
};
void configure_log(const LogSettings& settings);

/// "debug" | "info" | "warning" | "error" (any case); false if it is none of them.
bool parse_level(std::string_view text, Level& level);

/// Writes `{"time","level","service","event",…fields}` in one line. `event` is a stable snake_case
/// name. Safe from any thread; never throws.
void log(Level level, std::string_view service, std::string_view event,
         boost::json::object fields = {});

}  // namespace dsm::telemetry
