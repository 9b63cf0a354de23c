// What `dsm doctor` found: one thing looked at, whether it is well, and what to do if it is not.
#pragma once

#include <cstdint>
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

/// Whether there is room: less than 1 % is ill, of which at least 100 MB and at most 1 GB. Pure.
Finding judge_space(const std::string& data, std::uintmax_t free_bytes, std::uintmax_t all_bytes);

/// The disk of a data directory; nothing for one that does not exist.
std::vector<Finding> check_space(const std::string& data);

/// The SQLite files of a data directory: may they be written, does another process hold them, and
/// are they whole; none for a directory without any.
std::vector<Finding> check_stores(const std::string& data);

/// Empty store files beside others that are not: a start takes them for new ones, and what they
/// held is missed.
std::vector<std::string> stores_without_past(const std::string& data);

/// For people: a line each, the advice below what is ill.
std::string told(const std::vector<Finding>& findings);

bool all_well(const std::vector<Finding>& findings);

}  // namespace dsm::doctor
