// Go's reading of words, integers and quoted text, with its error texts: the dialect's messages are
// made of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/result.hpp"

namespace dsm::cron {

/// strings.Fields: split around runs of Unicode white space. The views point into `text`.
std::vector<std::string_view> go_fields(std::string_view text);

/// strconv.Atoi: a sign is allowed. kInvalid: `strconv.Atoi: parsing "x": invalid syntax`.
Result<std::int64_t> parse_go_int(std::string_view text);

/// strconv.Quote, for valid UTF-8 kept as it is.
std::string go_quote(std::string_view text);

}  // namespace dsm::cron
