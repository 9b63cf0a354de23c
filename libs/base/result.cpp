#include "libs/base/result.hpp"

namespace dsm {

const char* name_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::kInvalid:
            return "invalid";
        case ErrorCode::kNotFound:
            return "not_found";
        case ErrorCode::kConflict:
            return "conflict";
        case ErrorCode::kForbidden:
            return "forbidden";
        case ErrorCode::kUnavailable:
            return "unavailable";
        case ErrorCode::kUnknown:
            return "unknown";
        case ErrorCode::kCancelled:
            return "cancelled";
    }
    return "unknown";
}

std::string with_cause(std::string sentence, const Error& error) {
    if (!error.cause.empty()) sentence += " " + error.cause;
    return sentence;
}

}  // namespace dsm
