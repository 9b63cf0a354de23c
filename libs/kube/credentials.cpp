// When the files are read, and what of them is believed.
#include "libs/kube/credentials.hpp"

#include "libs/http/net/tls.hpp"

namespace dsm::kube {
namespace {

constexpr std::chrono::seconds kFresh{50};  // as the token's

}  // namespace

Credentials::Credentials(Access access, const rt::Clock& clock)
    : clock_(clock),
      server_(std::move(access.server)),
      read_again_(std::move(access.read_again)),
      tls_(std::move(access.tls)),
      fixed_token_(access.token),
      token_file_(access.token_file),
      token_(std::move(access.token), std::move(access.token_file), clock),
      read_at_(clock.steady()) {}

const std::string& Credentials::token() {
    return token_.current();
}

void Credentials::follow() {
    if (clock_.steady() - read_at_ >= kFresh) read_again();
}

bool Credentials::renew() {
    const std::string token = token_.current();
    const int generation = generation_;
    token_.drop();
    read_again();
    return generation != generation_ || token != token_.current();
}

void Credentials::read_again() {
    read_at_ = clock_.steady();
    if (!read_again_) return;
    auto read = read_again_();
    if (!read || read->server != server_) return;
    if (read->token != fixed_token_ || read->token_file != token_file_) {
        fixed_token_ = read->token;
        token_file_ = read->token_file;
        token_ = TokenSource(std::move(read->token), std::move(read->token_file), clock_);
    }
    if (read->tls == tls_ || !http::make_client_context(read->tls)) return;
    tls_ = std::move(read->tls);
    ++generation_;
}

}  // namespace dsm::kube
