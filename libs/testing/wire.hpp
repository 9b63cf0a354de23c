// A blocking HTTP client for tests that speak to a service over a real socket.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "libs/http/message.hpp"

namespace dsm::testing {

struct WireReply {
    int status = 0;  ///< 0: no complete answer came
    http::Headers headers;
    std::string body;

    /// The body as JSON; a body that is none fails the test by throwing.
    boost::json::value json() const;
};

/// One connection a call, 60 s deadline each. Usable from several threads at once.
class WireClient {
public:
    explicit WireClient(std::uint16_t port) : port_(port) {}

    WireReply get(std::string_view target) const { return send("GET", target, ""); }
    WireReply post(std::string_view target, const boost::json::value& body) const;
    WireReply post(std::string_view target) const { return send("POST", target, ""); }
    WireReply put(std::string_view target, const boost::json::value& body) const;
    WireReply del(std::string_view target) const { return send("DELETE", target, ""); }
    WireReply send(std::string_view method, std::string_view target, std::string_view body,
                   const http::Headers& headers = {}) const;

    /// Sends bytes as they are; everything that came back until the server closed. One that does
    /// not is left once it was quiet for 60 s.
    std::string raw(std::string_view bytes) const;

private:
    std::uint16_t port_;
};

}  // namespace dsm::testing
