// The error bodies of contract section 1: `{"detail": …}`.
#pragma once

#include <string>
#include <vector>

#include "libs/http/message.hpp"

namespace dsm::http {

/// `{"detail": detail}` with `status`.
Response error(int status, std::string detail);

/// One entry of a 422 `detail` list.
struct FieldError {
    std::string type;                     ///< "missing", "string_type", …
    std::vector<boost::json::value> loc;  ///< ["body","name"]; numbers allowed
    std::string msg;
    boost::json::value input;  ///< what was sent; null when nothing was
    std::optional<boost::json::object> ctx;
};

/// 422 `{"detail":[…]}` with every error.
Response validation_error(const std::vector<FieldError>& errors);

/// The reason phrase of a status: 413 → "Payload Too Large" (as RFC 9110: "Content Too Large" is
/// not used).
std::string reason_phrase(int status);

/// 503 for a store of ours that failed: its cause is told, and when to ask again.
Response database_unavailable(const Error& failure);

/// kInvalid 422, kNotFound 404, kConflict 409, kForbidden 403, kUnavailable/kCancelled 503,
/// kUnknown 503; the message is the detail.
Response error(const Error& failure);

}  // namespace dsm::http
