// What a call across a seam gives back: a value, or an Error whose code somebody reacts to.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace dsm {

/// A code exists only where a caller reacts to it.
enum class ErrorCode {
    kInvalid,      ///< the caller's input is wrong; repeating it cannot help
    kNotFound,     ///< the thing named does not exist
    kConflict,     ///< exists already, or changed under us
    kForbidden,    ///< not allowed; says nothing about whether the thing exists
    kUnavailable,  ///< did not happen; may be repeated
    kUnknown,      ///< may or may not have happened; look before repeating
    kCancelled,    ///< the caller gave up or the process is stopping
};

/// The code's name in lower case, for logs: "not_found".
const char* name_of(ErrorCode code);

struct Error {
    ErrorCode code = ErrorCode::kUnknown;
    std::string message;  ///< for people; holds no secret and no raw body of another service
    /// A sentence on what is wrong with a store of ours, fit for clients; mostly empty.
    std::string cause = {};

    bool operator==(const Error&) const = default;
};

/// `sentence`, followed by the error's cause where it has one.
std::string with_cause(std::string sentence, const Error& error);

template <class T>
using Result = std::expected<T, Error>;

/// `return fail(ErrorCode::kNotFound, "…");`
inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
    return std::unexpected(Error{code, std::move(message), {}});
}

}  // namespace dsm
