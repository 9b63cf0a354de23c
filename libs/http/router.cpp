#include "libs/http/router.hpp"

#include <cstdio>
#include <cstdlib>
#include <map>

#include "libs/http/errors.hpp"

namespace dsm::http {

/// One segment of the tree of patterns.
struct Router::Node {
    struct Route {
        Handler handler;
        std::vector<std::string> param_names;
    };
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> parameter;
    std::map<std::string, Route, std::less<>> routes;  ///< by method
    std::string pattern;
};

namespace {

std::vector<std::string> split(std::string_view pattern) {
    std::vector<std::string> segments;
    pattern.remove_prefix(pattern.starts_with('/') ? 1 : 0);
    for (;;) {
        const std::size_t slash = pattern.find('/');
        segments.emplace_back(pattern.substr(0, slash));
        if (slash == std::string_view::npos) return segments;
        pattern.remove_prefix(slash + 1);
    }
}

}  // namespace

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::add(std::string_view method, std::string_view pattern, Handler handler) {
    Node* node = root_.get();
    Node::Route route{std::move(handler), {}};
    for (const std::string& segment : split(pattern)) {
        const bool is_parameter = segment.starts_with('{') && segment.ends_with('}');
        std::unique_ptr<Node>& next = is_parameter ? node->parameter : node->literals[segment];
        if (is_parameter) route.param_names.push_back(segment.substr(1, segment.size() - 2));
        if (!next) next = std::make_unique<Node>();
        node = next.get();
    }
    node->pattern = pattern;
    if (!node->routes.emplace(std::string(method), std::move(route)).second) {
        std::fprintf(stderr, "route added twice: %.*s\n", static_cast<int>(pattern.size()),
                     pattern.data());
        std::abort();
    }
}

namespace {

bool answers(const Router::Node& node, std::string_view method) {
    return method.empty() ? !node.routes.empty() : node.routes.contains(method);
}

/// Depth first, literal before parameter, so that a dead end under a literal is backed out of: one
/// that does not answer `method` is one. An empty method is any.
const Router::Node* match(const Router::Node& node, const std::vector<std::string>& segments,
                          std::size_t at, std::string_view method,
                          std::vector<std::string>& values) {
    if (at == segments.size()) return answers(node, method) ? &node : nullptr;
    const auto literal = node.literals.find(segments[at]);
    if (literal != node.literals.end()) {
        const Router::Node* found = match(*literal->second, segments, at + 1, method, values);
        if (found != nullptr) return found;
    }
    if (!node.parameter || segments[at].empty()) return nullptr;
    values.push_back(segments[at]);
    const Router::Node* found = match(*node.parameter, segments, at + 1, method, values);
    if (found == nullptr) values.pop_back();
    return found;
}

/// The node that answers the request; else the one whose methods a 405 names.
const Router::Node* find(const Router::Node& root, const Request& request,
                         std::vector<std::string>& values) {
    const std::string_view method = request.method;
    const std::string_view stand_in = method == "HEAD" ? std::string_view("GET") : method;
    for (const std::string_view wanted : {method, stand_in, std::string_view()}) {
        const Router::Node* found = match(root, request.segments, 0, wanted, values);
        if (found != nullptr) return found;
    }
    return nullptr;
}

std::string allowed(const Router::Node& node) {
    std::string list;
    for (const auto& [method, route] : node.routes) list += (list.empty() ? "" : ", ") + method;
    return list;
}

}  // namespace

boost::asio::awaitable<Response> Router::route(Request request) const {
    std::vector<std::string> values;
    const Node* node = find(*root_, request, values);
    if (node == nullptr) co_return error(404, "Not Found");

    auto found = node->routes.find(request.method);
    if (found == node->routes.end() && request.method == "HEAD") found = node->routes.find("GET");
    if (found == node->routes.end()) {
        Response refused = error(405, "Method Not Allowed");
        refused.headers.set("Allow", allowed(*node));
        co_return refused;
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        request.params.emplace_back(found->second.param_names[i], std::move(values[i]));
    }
    Response response = co_await found->second.handler(std::move(request));
    response.route = node->pattern;
    co_return response;
}

std::string Router::pattern_of(const Request& request) const {
    std::vector<std::string> values;
    const Node* node = find(*root_, request, values);
    return node == nullptr ? "" : node->pattern;
}

}  // namespace dsm::http
