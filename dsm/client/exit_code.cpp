// Which code stands for which outcome.
#include "dsm/client/exit_code.hpp"

namespace dsm::client {

ExitCode exit_code_of(int status) {
    if (status >= 200 && status < 300) return ExitCode::kDone;
    switch (status) {
        case 404:
            return ExitCode::kNotFound;
        case 502:
        case 503:
        case 504:
            return ExitCode::kUnavailable;
        case 403:
        case 409:
        case 422:
            return ExitCode::kRefused;
        default:
            return ExitCode::kFailed;
    }
}

ExitCode exit_code_of(const Error& error) {
    switch (error.code) {
        case ErrorCode::kNotFound:
            return ExitCode::kNotFound;
        case ErrorCode::kUnavailable:
        case ErrorCode::kUnknown:
        case ErrorCode::kCancelled:
            return ExitCode::kUnavailable;
        case ErrorCode::kConflict:
        case ErrorCode::kForbidden:
            return ExitCode::kRefused;
        case ErrorCode::kInvalid:
            return ExitCode::kFailed;
    }
    return ExitCode::kFailed;
}

ExitCode both(ExitCode first, ExitCode second) {
    if (first == ExitCode::kDone) return second;
    if (second == ExitCode::kDone || first == second) return first;
    return ExitCode::kFailed;
}

}  // namespace dsm::client
