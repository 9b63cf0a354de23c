// Why a use case could not do what was asked: one kind for each answer a caller gets.
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>

#include "libs/base/result.hpp"

namespace dsm::sprint {

struct Failure {
    enum class Kind {
        kNotFound,
        kConflict,
        kInvalid,
        kUnavailable,  ///< a service or our database does not answer
        kBadAnswer,    ///< a service answered with an error of its own or with nonsense
    };
    Kind kind;
    std::string detail;  ///< for the caller: a sentence of the contract where it has one
    /// When it is worth asking again, where that is known.
    std::optional<std::chrono::seconds> retry_after{};
};

template <class T>
using Outcome = std::expected<T, Failure>;

inline std::unexpected<Failure> failed(Failure::Kind kind, std::string detail) {
    return std::unexpected(Failure{kind, std::move(detail)});
}

/// A failure of our own store: what is wrong with it as a whole is told, the rest stays in the log.
Failure of_store(const Error& error);

}  // namespace dsm::sprint
