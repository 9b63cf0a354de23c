// Digests and text encodings of bytes.
#pragma once

#include <string>
#include <string_view>

namespace dsm {

/// SHA-256 as 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

/// The same UUID for the same text: version 8 (RFC 9562), its bits from SHA-256.
std::string uuid_of(std::string_view text);

/// RFC 4648 base64 with padding.
std::string base64_encode(std::string_view bytes);

/// Empty when `text` is not base64 (white space is skipped).
std::string base64_decode(std::string_view text);

}  // namespace dsm
