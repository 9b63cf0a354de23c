// UTF-8, control characters and case: what may stand in a path, a query or an id.
#pragma once

#include <string>
#include <string_view>

namespace dsm::http {

/// Well-formed UTF-8 only: no overlong forms, no surrogates.
bool is_utf8(std::string_view text);

/// Code points of well-formed UTF-8.
std::size_t count_characters(std::string_view text);

/// C0, DEL and C1 (in UTF-8).
bool has_control_character(std::string_view text);

/// True for what a stored id can be: 1 to 255 characters, no `/`, no control character.
/// Source: contract section 1.
bool is_possible_id(std::string_view text);

/// ASCII only, as HTTP's names are.
std::string to_lower(std::string_view text);
bool equal_without_case(std::string_view a, std::string_view b);

}  // namespace dsm::http
