// What goes out before the body of an answer. Pure.
#pragma once

#include <string>
#include <string_view>

#include "libs/base/time.hpp"
#include "libs/http/message.hpp"
#include "libs/http/wire/head.hpp"
#include "libs/telemetry/trace.hpp"

namespace dsm::http {

/// How an answer is framed, and what becomes of its connection.
struct ReplyForm {
    bool keep = false;          ///< the connection carries another request afterwards
    bool streamed = false;      ///< the handler writes the body
    bool without_body = false;  ///< of a HEAD, or a status that has none
    std::string framing;        ///< the line that says where the body ends; may be empty
    std::string_view connection = "Connection: close\r\n";
};

/// The answer to the request of `head`. A stopping server keeps no connection.
ReplyForm form_of_reply(const RequestHead& head, const Response& response, bool stopping);

/// The answer to what was not even begun; `head` is null where it could not be read.
ReplyForm form_of_refusal(const RequestHead* head, const Response& response);

/// The head's bytes. Header values that would end their line are left out.
std::string head_text(const Response& response, const telemetry::TraceContext& trace,
                      const ReplyForm& form, Instant now);

}  // namespace dsm::http
