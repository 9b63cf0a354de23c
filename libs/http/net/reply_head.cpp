#include "libs/http/net/reply_head.hpp"

#include <fmt/format.h>

#include <iterator>

#include "libs/http/errors.hpp"
#include "libs/http/wire/framing.hpp"
#include "libs/http/wire/text.hpp"

namespace dsm::http {
namespace {

bool is_body_status(int status) {
    return status >= 200 && status != 204 && status != 304;
}

std::string length_line(const Response& response) {
    return fmt::format("Content-Length: {}\r\n", response.body.size());
}

}  // namespace

ReplyForm form_of_reply(const RequestHead& head, const Response& response, bool stopping) {
    const bool has_body = is_body_status(response.status);
    ReplyForm form{.streamed = response.stream && has_body,
                   .without_body = head.method == "HEAD" || !has_body};
    form.keep = !form.streamed && !response.close && !stopping &&
                keeps_alive(head.minor_version, head.headers);
    if (form.streamed && head.minor_version == 1) form.framing = "Transfer-Encoding: chunked\r\n";
    if (!form.streamed && has_body) form.framing = length_line(response);
    if (form.keep) form.connection = head.minor_version == 0 ? "Connection: keep-alive\r\n" : "";
    return form;
}

ReplyForm form_of_refusal(const RequestHead* head, const Response& response) {
    return {.without_body = head && head->method == "HEAD", .framing = length_line(response)};
}

std::string head_text(const Response& response, const telemetry::TraceContext& trace,
                      const ReplyForm& form, Instant now) {
    std::string text;
    text.reserve(512);
    fmt::format_to(std::back_inserter(text),
                   "HTTP/1.1 {} {}\r\nDate: {}\r\nX-Correlation-ID: {}\r\ntraceparent: {}\r\n",
                   response.status, reason_phrase(response.status), format_http_date(now),
                   trace.correlation_id, trace.traceparent);
    for (const auto& [name, value] : response.headers.all()) {
        // A value taken from elsewhere must not end its line.
        if (!is_token(name) || !is_field_value(value)) continue;
        text.append(name).append(": ").append(value).append("\r\n");
    }
    text.append(form.framing).append(form.connection).append("\r\n");
    return text;
}

}  // namespace dsm::http
