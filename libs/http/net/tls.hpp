// TLS contexts from PEM text.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "libs/base/result.hpp"
#include "libs/http/client.hpp"
#include "libs/http/server.hpp"

namespace dsm::http {

/// TLS 1.2 or later. kInvalid names the part that could not be read.
Result<std::shared_ptr<boost::asio::ssl::context>> make_server_context(const TlsIdentity& identity);
Result<std::shared_ptr<boost::asio::ssl::context>> make_client_context(const TlsTrust& trust);

}  // namespace dsm::http
