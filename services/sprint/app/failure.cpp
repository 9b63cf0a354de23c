// Store errors as failures.
#include "services/sprint/app/failure.hpp"

#include "libs/telemetry/log.hpp"

namespace dsm::sprint {

Failure of_store(const Error& error) {
    switch (error.code) {
        case ErrorCode::kNotFound:
            return {Failure::Kind::kNotFound, error.message};
        case ErrorCode::kConflict:
            return {Failure::Kind::kConflict, error.message};
        case ErrorCode::kInvalid:
            return {Failure::Kind::kInvalid, error.message};
        default:
            break;
    }
    telemetry::log(telemetry::Level::kError, "sprint-service", "database_failed",
                   {{"code", name_of(error.code)}, {"error", error.message}});
    return {.kind = Failure::Kind::kUnavailable,
            .detail = with_cause("The database is not available.", error),
            .retry_after = std::chrono::seconds(2)};
}

}  // namespace dsm::sprint
