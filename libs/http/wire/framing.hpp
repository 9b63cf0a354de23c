// Where a message's body ends: by its length, by chunks, or at once. Pure; no I/O.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "libs/http/wire/head.hpp"

namespace dsm::http {

struct Framing {
    enum class Kind { kNone, kLength, kChunked, kUntilClose };
    Kind kind = Kind::kNone;
    std::uint64_t length = 0;
};

/// 400 for a length beside chunked encoding, a repeated or malformed length, another coding than
/// chunked; 411 for an HTTP/1.0 request with a method that has a body and no length; a length too
/// large for a number is the largest one.
std::expected<Framing, Refused> framing_of_request(const RequestHead& head);

/// `method` is the request's. 400 as above; kUntilClose where nothing says the end.
std::expected<Framing, Refused> framing_of_response(const ResponseHead& head,
                                                    std::string_view method);

/// What the connection does after this message: `Connection` and the version.
bool keeps_alive(int minor_version, const Headers& headers);

/// Takes chunked bytes apart as they come.
class ChunkedDecoder {
public:
    explicit ChunkedDecoder(std::size_t body_limit) : body_limit_(body_limit) {}

    /// Appends data to `body`; gives how many of `bytes` it used, fewer than all only when done.
    /// 400 for a malformed or overflowing size and for extensions over 4 KiB a body, 413 over the
    /// limit, 431 for trailers over 8 KiB. Trailers are checked and dropped.
    std::expected<std::size_t, Refused> feed(std::string_view bytes, std::string& body);

    bool done() const { return state_ == State::kDone; }

private:
    enum class State { kSize, kData, kDataEnd, kTrailer, kDone };

    std::expected<void, Refused> end_line(const std::string& body);
    std::expected<void, Refused> begin_chunk(std::string_view line, std::size_t body_size);

    std::size_t body_limit_;
    State state_ = State::kSize;
    std::string line_;  ///< the control line in progress
    std::size_t data_left_ = 0;
    std::size_t extension_bytes_ = 0;
    std::size_t trailer_bytes_ = 0;
};

}  // namespace dsm::http
