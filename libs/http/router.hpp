// Matches a request's decoded segments to a handler.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/http/message.hpp"

namespace dsm::http {

/// Routes are fixed after start. A literal segment wins over a parameter.
///
/// `.` and `..` are ordinary text: they never turn into another route (contract section 1). Unknown
/// path: 404 "Not Found". Known path, other method: 405 with `Allow`. HEAD is answered as GET
/// without its body by the server.
class Router {
public:
    Router();
    ~Router();
    Router(Router&&) noexcept;
    Router& operator=(Router&&) noexcept;

    /// `pattern` as in "/projects/{project_id}/status". Adding the same twice is a bug and aborts.
    void add(std::string_view method, std::string_view pattern, Handler handler);

    /// Finds and runs the handler; sets `request.params`.
    boost::asio::awaitable<Response> route(Request request) const;

    /// The pattern that `request` matches ("/projects/{project_id}"), for metrics; "" for none.
    std::string pattern_of(const Request& request) const;

    struct Node;  ///< of the tree of patterns; private to router.cpp

private:
    std::unique_ptr<Node> root_;
};

}  // namespace dsm::http
