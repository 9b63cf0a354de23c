// Every failure of OpenSSL to read something becomes one sentence here.
#include "libs/http/net/tls.hpp"

#include <boost/asio/buffer.hpp>

namespace dsm::http {
namespace ssl = boost::asio::ssl;
using boost::system::error_code;

namespace {

Error unreadable(std::string_view part, const error_code& error) {
    return {ErrorCode::kInvalid, fmt::format("cannot use the {}: {}", part, error.message())};
}

std::shared_ptr<ssl::context> make_context(ssl::context::method method) {
    auto context = std::make_shared<ssl::context>(method);
    error_code ignored;
    context->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 |
                             ssl::context::no_sslv3 | ssl::context::no_tlsv1 |
                             ssl::context::no_tlsv1_1,
                         ignored);
    return context;
}

/// Sets certificate chain and key; nullopt when both were taken.
std::optional<Error> identify(ssl::context& context, const std::string& certificate,
                              const std::string& key) {
    error_code error;
    context.use_certificate_chain(boost::asio::buffer(certificate), error);
    if (error) return unreadable("certificate", error);
    context.use_private_key(boost::asio::buffer(key), ssl::context::pem, error);
    if (error) return unreadable("private key", error);
    return std::nullopt;
}

}  // namespace

Result<std::shared_ptr<ssl::context>> make_server_context(const TlsIdentity& identity) {
    auto context = make_context(ssl::context::tls_server);
    auto failed = identify(*context, identity.certificate_pem, identity.key_pem);
    if (failed) return std::unexpected(std::move(*failed));
    return context;
}

Result<std::shared_ptr<ssl::context>> make_client_context(const TlsTrust& trust) {
    auto context = make_context(ssl::context::tls_client);
    error_code error;
    context->set_verify_mode(trust.insecure_skip_verify ? ssl::verify_none : ssl::verify_peer,
                             error);
    if (error) return std::unexpected(unreadable("verification mode", error));
    if (trust.ca_pem.empty() && !trust.insecure_skip_verify) {
        context->set_default_verify_paths(error);
    } else if (!trust.ca_pem.empty()) {
        context->add_certificate_authority(boost::asio::buffer(trust.ca_pem), error);
    }
    if (error) return std::unexpected(unreadable("CA certificates", error));
    if (!trust.client_certificate_pem.empty()) {
        auto failed = identify(*context, trust.client_certificate_pem, trust.client_key_pem);
        if (failed) return std::unexpected(std::move(*failed));
    }
    return context;
}

}  // namespace dsm::http
