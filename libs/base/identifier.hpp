// What may be an id: the one rule that every service applies before it stores or looks up one.
#pragma once

#include <string_view>

namespace dsm {

/// UTF-8 of 1 to 255 characters without `/` and without control characters (contract section 1).
/// An id that fails this equals no stored id, so it is not found without asking the store.
bool is_valid_id(std::string_view text);

/// Well-formed UTF-8: no overlong form, no surrogate, nothing over U+10FFFF.
bool is_valid_utf8(std::string_view text);

/// Code points of well-formed UTF-8.
std::size_t count_characters(std::string_view text);

/// The usual form of a UUID: 36 characters, lower or upper case.
bool is_uuid(std::string_view text);

}  // namespace dsm
