// Go's time.ParseDuration, as `@every` needs it.
#pragma once

#include <chrono>
#include <string_view>

#include "libs/base/result.hpp"

namespace dsm::cron {

/// "1h30m", "-1.5s", "0"; kInvalid with Go's own text.
Result<std::chrono::nanoseconds> parse_go_duration(std::string_view text);

}  // namespace dsm::cron
