// Calls to the services from a command: one at a time, on the caller's thread.
#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "libs/base/result.hpp"
#include "libs/http/message.hpp"
#include "libs/rt/clock.hpp"

namespace dsm::client {

struct Reply {
    int status = 0;
    boost::json::value body;  ///< null when the body is no JSON
    std::string text;         ///< the body as it came
    http::Headers headers;

    bool ok() const { return status >= 200 && status < 300; }
    /// For people: the contract's `detail` on one line, or the status.
    std::string reason() const;
};

/// Blocks the calling thread; used from one thread.
class Api {
public:
    explicit Api(const rt::Clock& clock);
    ~Api();

    Result<Reply> get(const std::string& url) { return call("GET", url, ""); }
    Result<Reply> post(const std::string& url, const boost::json::value& body,
                       const http::Headers& headers = {});
    /// Any status is a success; the error is for no answer at all.
    Result<Reply> call(const std::string& method, const std::string& url, std::string body,
                       const http::Headers& headers = {},
                       std::chrono::milliseconds limit = std::chrono::seconds(60));

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace dsm::client
