// The bearer token of a client: a fixed one, or a file's that is read again when it may be old.
#pragma once

#include <optional>
#include <string>

#include "libs/rt/clock.hpp"

namespace dsm::kube {

/// Keeps the last good token when the file cannot be read. Source: client-go's cached file token
/// source (1 min period with 10 s leeway). Reads a small file on the calling thread.
class TokenSource {
public:
    TokenSource(std::string token, std::string file, const rt::Clock& clock);

    /// The token to send, without white space around it; empty: none.
    const std::string& current();

    /// The API server answered 401: read the file again before the next use.
    void drop();

private:
    std::string token_;
    std::string file_;
    const rt::Clock* clock_;
    std::optional<rt::Steady> read_at_;
};

}  // namespace dsm::kube
