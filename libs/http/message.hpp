// HTTP requests and responses as values. No Beast here, so that including this is cheap.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/base/result.hpp"
#include "libs/rt/clock.hpp"
#include "libs/telemetry/trace.hpp"

namespace dsm::http {

/// Header fields in arrival order; names compare without case.
class Headers {
public:
    void set(std::string_view name, std::string value);  ///< replaces all of that name
    void add(std::string_view name, std::string value);
    /// The first value, or nullopt.
    std::optional<std::string_view> find(std::string_view name) const;
    const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

enum class PlusSign { kIsItself, kIsSpace };

/// Decodes %-escapes once. kInvalid for an escape that is none.
Result<std::string> percent_decode(std::string_view text, PlusSign plus = PlusSign::kIsItself);

/// Query parameters, percent-decoded once, in order.
class Query {
public:
    Query() = default;
    /// kInvalid for a bad %-escape. `+` is a space.
    static Result<Query> parse(std::string_view raw);

    /// The last value of that name, or nullopt.
    std::optional<std::string_view> find(std::string_view name) const;
    std::vector<std::string_view> find_all(std::string_view name) const;
    const std::vector<std::pair<std::string, std::string>>& all() const { return items_; }

private:
    std::vector<std::pair<std::string, std::string>> items_;
};

/// A request as a handler sees it.
struct Request {
    std::string method;  ///< upper case, "GET"
    std::string target;  ///< as sent: path and query
    std::vector<std::string>
        segments;  ///< of the path, each percent-decoded once; "/a//b" has an empty one
    Query query;
    Headers headers;
    std::string body;
    std::vector<std::pair<std::string, std::string>>
        params;  ///< set by the router: {"project_id","P1"}
    telemetry::TraceContext trace;
    rt::Deadline deadline{};  ///< by which the reply must be ready
    bool tls = false;

    /// A path parameter of the matched route. A name the route lacks is a bug and aborts.
    const std::string& param(std::string_view name) const;
};

/// Writes the parts of a streamed body. Errors and slow readers end the stream.
class BodyWriter {
public:
    virtual ~BodyWriter() = default;
    /// Sends one chunk at once. False when the client went away: return then.
    virtual boost::asio::awaitable<bool> write(std::string chunk) = 0;
};

/// What a handler answers. With `stream`, the head goes out at once, chunked, and `body` is
/// ignored.
struct Response {
    int status = 200;
    Headers headers;
    std::string body;
    std::function<boost::asio::awaitable<void>(BodyWriter&)> stream;
    bool close = false;  ///< end the connection after this answer
    std::string route;   ///< the matched pattern, for metrics: one of few values; Router sets it

    static Response json(int status, const boost::json::value& value);
    static Response text(int status, std::string body,
                         std::string content_type = "text/plain; charset=utf-8");
};

using Handler = std::function<boost::asio::awaitable<Response>(Request)>;

}  // namespace dsm::http
