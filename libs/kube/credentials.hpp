// What a client is let in with and whom it trusts, followed while files change under it.
#pragma once

#include <optional>
#include <string>

#include "libs/kube/access.hpp"
#include "libs/kube/token_source.hpp"

namespace dsm::kube {

/// Reads the configuration again when it is older than 50 s, and at once when the API server
/// refused us or could not be reached. What cannot be read, is for another server, or is half
/// written (a certificate without its key) changes nothing. Reads small files on the calling
/// thread.
class Credentials {
public:
    /// The parts of `access` but its server, which never changes.
    Credentials(Access access, const rt::Clock& clock);

    /// Trust and certificate for new connections. Another value of `generation` means that
    /// connections made before no longer count.
    const http::TlsTrust& tls() const { return tls_; }
    int generation() const { return generation_; }

    /// The token to send now; empty: none.
    const std::string& token();

    /// Looks at the files if that is due.
    void follow();

    /// Looks at the files now. True if there is something new to try with.
    bool renew();

private:
    void read_again();

    const rt::Clock& clock_;
    std::string server_;
    std::function<Result<Access>()> read_again_;
    http::TlsTrust tls_;
    std::string fixed_token_;
    std::string token_file_;
    TokenSource token_;
    int generation_ = 0;
    rt::Steady read_at_;
};

}  // namespace dsm::kube
