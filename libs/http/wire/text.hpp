// Comparing HTTP's names, whose case says nothing.
#pragma once

#include <string>
#include <string_view>

namespace dsm::http {

/// ASCII only, as HTTP's names are.
std::string to_lower(std::string_view text);
bool equal_without_case(std::string_view a, std::string_view b);

}  // namespace dsm::http
