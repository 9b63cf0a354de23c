// The exit codes of every command: a contract like the wire.
#pragma once

#include "libs/base/result.hpp"

namespace dsm::client {

enum class ExitCode {
    kDone = 0,
    kFailed = 1,       ///< a refused CronJob, a bad file
    kUsage = 2,        ///< wrong flags or settings
    kNotFound = 3,     ///< 404
    kUnavailable = 4,  ///< 502, 503, no answer
    kRefused = 5,      ///< 403, 409, 422
};

constexpr int number_of(ExitCode code) {
    return static_cast<int>(code);
}

/// Of an HTTP status; 2xx is kDone, one that means nothing to us is kFailed.
ExitCode exit_code_of(int status);

ExitCode exit_code_of(const Error& error);

/// The worse of two for a command that did several things: the code they share, else kFailed.
ExitCode both(ExitCode first, ExitCode second);

}  // namespace dsm::client
