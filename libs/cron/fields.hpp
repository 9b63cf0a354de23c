// The five fields of a cron expression as sets of bits, with robfig/cron's own error texts.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "libs/base/result.hpp"

namespace dsm::cron {

struct Field {
    std::uint64_t bits = 0;  ///< bit n: the value n matches
    bool star = false;       ///< written as `*` or `?` with step 1, also inside a list
};

/// Minute, hour, day of month, month, day of week; kInvalid with the text of the first bad field.
Result<std::array<Field, 5>> parse_fields(std::string_view expression);

}  // namespace dsm::cron
