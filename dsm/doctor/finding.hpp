// What `dsm doctor` found: one thing looked at, whether it is well, and what to do if it is not.
#pragma once

#include <string>
#include <vector>

#include "dsm/client/api.hpp"
#include "dsm/client/endpoints.hpp"
#include "libs/base/result.hpp"

namespace dsm::doctor {

enum class Health { kWell, kIll };

struct Finding {
    std::string subject;  ///< "sprint-service", "kubernetes rights", a file
    Health health = Health::kWell;
    std::string what;    ///< one sentence without its full stop
    std::string advice;  ///< what to do, lines; empty when it is well

    bool operator==(const Finding&) const = default;
};

/// What a service says of itself in `GET /health/ready`: first the service, then everything ill
/// that it names. Pure; understands 200, 503 and no answer, and calls anything else no DSM service.
std::vector<Finding> read_readiness(const std::string& service, const std::string& url,
                                    const Result<client::Reply>& reply);

/// What a service answers to `GET /outbox/parked`: messages that wait for a person. Pure; nothing
/// for a service that parks none, or does not say.
std::vector<Finding> read_parked(const std::string& service, const Result<client::Reply>& reply);

/// The SQLite files of a data directory, each read whole; none for a directory without any.
std::vector<Finding> check_stores(const std::string& data);

/// For people: a line each, the advice below what is ill.
std::string told(const std::vector<Finding>& findings);

bool all_well(const std::vector<Finding>& findings);

}  // namespace dsm::doctor
