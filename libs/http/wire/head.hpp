// The head of an HTTP/1.1 message, parsed strictly: what two parsers could read differently is
// refused.
//
// Ours and not Beast's, because Beast reads a length beside chunked encoding, doubled lengths and a
// bare LF without a word, and cannot tell a long target from long fields. Pure; no I/O.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "libs/http/message.hpp"

namespace dsm::http {

/// A status to refuse with: 400, 411, 413, 414, 417 or 431. The connection closes after it.
struct Refused {
    int status;
};

/// Watches a growing buffer for the end of a head. One object a message.
class HeadScanner {
public:
    /// `limit` bounds the head's bytes.
    explicit HeadScanner(std::size_t limit) : limit_(limit) {}

    /// Bytes of the whole head with its last empty line once it is in `buffer`, 0 while it is not.
    /// `buffer` begins where it began before, and only grew. 400 at the first bare LF, 431 over the
    /// limit, 414 if the first line alone is over it.
    std::expected<std::size_t, Refused> scan(std::string_view buffer);

private:
    std::size_t limit_;
    std::size_t scanned_ = 0;
    std::size_t line_begin_ = 0;
    bool first_line_ended_ = false;
};

struct RequestHead {
    std::string method;
    std::string target;
    int minor_version = 1;  ///< of HTTP/1
    Headers headers;
};

struct ResponseHead {
    int status = 0;
    int minor_version = 1;
    Headers headers;
};

/// `head` is what HeadScanner measured. Refuses (400) obsolete folding, white space before a colon,
/// control characters, other versions than HTTP/1.0 and 1.1; 431 for more than 100 fields.
std::expected<RequestHead, Refused> parse_request_head(std::string_view head);
std::expected<ResponseHead, Refused> parse_response_head(std::string_view head);

/// One `name: value` line without its end.
std::expected<std::pair<std::string, std::string>, Refused> parse_field(std::string_view line);

/// True for a field name, a method: RFC 9110's token.
bool is_token(std::string_view text);

/// True for a field value that can be sent: no control character but a tab.
bool is_field_value(std::string_view text);

}  // namespace dsm::http
