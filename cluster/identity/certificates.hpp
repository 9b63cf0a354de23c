// A certificate authority that lives for one signature, and the server certificate it signs.
#pragma once

#include <string>

#include "libs/base/result.hpp"
#include "libs/rt/random.hpp"

namespace dsm::cluster {

struct Certificates {
    std::string ca_pem;
    std::string server_pem;
    std::string server_key_pem;
};

/// P-256, valid for ten years of the machine's clock, for localhost, 127.0.0.1, ::1,
/// kubernetes.default.svc and `address` (an IP). The authority's key is thrown away, so that
/// nothing else can ever be signed with it.
Result<Certificates> make_certificates(const std::string& address, rt::Random& random);

/// False when the server certificate is unreadable, ends within a month, is not for `address`, or
/// does not belong to the key.
bool still_good(const Certificates& certificates, const std::string& address);

}  // namespace dsm::cluster
