// Dates and instants as text: `YYYY-MM-DD`, RFC 3339 and HTTP's date. Pure; the clock is elsewhere.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace dsm {

using Instant = std::chrono::sys_time<std::chrono::microseconds>;
using Date = std::chrono::sys_days;

/// Exactly `YYYY-MM-DD` and a day that exists; nullopt otherwise.
std::optional<Date> parse_date(std::string_view text);
std::string format_date(Date date);

/// RFC 3339 with `Z` or an offset, and any number of fraction digits (kept to the microsecond).
std::optional<Instant> parse_rfc3339(std::string_view text);

/// `2025-08-31T14:05:00Z`: whole seconds, as Kubernetes writes them.
std::string format_rfc3339(Instant instant);

/// `2025-08-31T14:05:00.123456Z`: always six decimals, as Kubernetes' MicroTime.
std::string format_rfc3339_micros(Instant instant);

/// `Sun, 31 Aug 2025 14:05:00 GMT`, as HTTP's Date header.
std::string format_http_date(Instant instant);

/// The UTC date of an instant.
Date utc_date(Instant instant);

}  // namespace dsm
