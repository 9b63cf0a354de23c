// Runs one coroutine at a time on an io_context of its own.
#include "dsm/client/api.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <exception>
#include <optional>

#include "libs/http/client.hpp"
#include "libs/http/errors.hpp"

namespace dsm::client {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

/// A whole workspace comes as one answer.
constexpr std::size_t kLongestAnswer = 64 * 1024 * 1024;

/// "body.reports: Field required; …" of a contract's list of field errors.
std::string field_errors(const json::array& details) {
    std::string text;
    for (const auto& detail : details) {
        if (!detail.is_object()) continue;
        std::string place;
        if (const auto* loc = detail.get_object().if_contains("loc"); loc && loc->is_array()) {
            for (const auto& part : loc->get_array()) {
                place +=
                    (place.empty() ? "" : ".") +
                    (part.is_string() ? std::string(part.get_string()) : json::serialize(part));
            }
        }
        const auto* msg = detail.get_object().if_contains("msg");
        text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", place,
                            msg && msg->is_string() ? std::string_view(msg->get_string()) : "");
    }
    return text;
}

}  // namespace

std::string Reply::reason() const {
    if (body.is_object()) {
        const auto* detail = body.get_object().if_contains("detail");
        if (detail != nullptr && detail->is_string()) return std::string(detail->get_string());
        if (detail != nullptr && detail->is_array()) return field_errors(detail->get_array());
    }
    return fmt::format("{} {}", status, http::reason_phrase(status));
}

class Api::Impl {
public:
    explicit Impl(const rt::Clock& clock)
        : clock_(clock),
          client_(context_.get_executor(),
                  http::ClientSettings{.response_body_limit = kLongestAnswer}, clock) {}
    ~Impl() { client_.close(); }

    Result<http::ClientResponse> send(http::ClientRequest request,
                                      std::chrono::milliseconds limit) {
        std::optional<Result<http::ClientResponse>> outcome;
        std::exception_ptr thrown;
        asio::co_spawn(context_,
                       client_.send(std::move(request), rt::Deadline::after(clock_, limit)),
                       [&](std::exception_ptr problem, Result<http::ClientResponse> response) {
                           thrown = problem;
                           outcome = std::move(response);
                       });
        context_.restart();
        while (!outcome) context_.run_one();
        if (thrown) std::rethrow_exception(thrown);
        return std::move(*outcome);
    }

private:
    const rt::Clock& clock_;
    asio::io_context context_{1};
    http::Client client_;
};

Api::Api(const rt::Clock& clock) : impl_(std::make_unique<Impl>(clock)) {}

Api::~Api() = default;

Result<Reply> Api::post(const std::string& url, const json::value& body,
                        const http::Headers& headers) {
    return call("POST", url, json::serialize(body), headers);
}

Result<Reply> Api::call(const std::string& method, const std::string& url, std::string body,
                        const http::Headers& headers, std::chrono::milliseconds limit) {
    http::ClientRequest request{
        .method = method, .url = url, .headers = headers, .body = std::move(body)};
    if (!request.body.empty()) request.headers.set("Content-Type", "application/json");
    auto response = impl_->send(std::move(request), limit);
    if (!response) return std::unexpected(response.error());
    boost::system::error_code wrong;
    auto parsed = json::parse(response->body, wrong);
    if (wrong) parsed = nullptr;
    return Reply{response->status, std::move(parsed), std::move(response->body),
                 std::move(response->headers)};
}

}  // namespace dsm::client
