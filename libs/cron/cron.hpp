// Kubernetes' cron dialect (robfig/cron v3, ParseStandard): five fields, names, steps. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "libs/base/result.hpp"
#include "libs/base/time.hpp"

namespace dsm::cron {

/// An IANA zone of the machine's tzdata. Cheap to copy.
class Zone {
public:
    static Zone utc();
    /// nullopt: no such zone.
    static std::optional<Zone> find(std::string_view name);

private:
    friend class Schedule;
    const void* zone_ = nullptr;  // a date::time_zone; null is UTC
};

enum class Macros { kRefused, kAllowed };  ///< "@daily", "@every 5m"

/// A parsed expression. Immutable.
class Schedule {
public:
    /// kInvalid with the library's own text ("expected exactly 5 fields, found 4: [a b c d]").
    /// `TZ=` and `CRON_TZ=` prefixes are always refused.
    static Result<Schedule> parse(std::string_view expression, Macros macros = Macros::kAllowed);

    /// The first fire strictly after `after`, within five years; nullopt if none (30 February).
    /// A wall time inside a skipped hour does not fire, one inside a repeated hour fires twice.
    std::optional<Instant> next(Instant after, const Zone& zone) const;

private:
    bool fires_on(std::chrono::sys_days day) const;
    /// The first wall time in [from, end) that matches, seconds zero.
    std::optional<std::chrono::sys_seconds> first_wall(std::chrono::sys_seconds from,
                                                       std::chrono::sys_seconds end) const;

    std::uint64_t minutes_ = 0, hours_ = 0, days_ = 0, months_ = 0, weekdays_ = 0;
    bool any_day_ = false, any_weekday_ = false;
    std::optional<std::chrono::seconds> every_;
};

}  // namespace dsm::cron
