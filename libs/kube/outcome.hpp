// What a call to the Kubernetes API told us: every case a caller reacts to has a type of its own.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "libs/http/verdict.hpp"

namespace dsm::kube {

/// The API server said that this very object does not exist; nothing weaker counts.
struct Absent {};

struct Present {
    boost::json::object object;
};

/// 403. Says nothing about whether the object exists.
struct Forbidden {
    std::string verb;        ///< "get"
    std::string resource;    ///< "cronjobs.batch"
    std::string name_space;  ///< empty: cluster scope
    std::string message;     ///< the API server's, shortened; may be empty
};

/// "not allowed to get cronjobs.batch in namespace dsm"
std::string describe(const Forbidden& forbidden);

/// No answer, or one that proves nothing. After a write it may have happened: look before
/// repeating. `why` is for people and holds no header value, no token and no raw body.
struct Unknown {
    std::string why;
    http::Health health = http::Health::kIll;           ///< of the API server, by what it answered
    std::optional<std::chrono::seconds> retry_after{};  ///< where it named a time
};

struct Listed {
    std::vector<boost::json::object> items;
    std::string resource_version;
};

/// A part of a list.
struct ListedPage {
    std::vector<boost::json::object> items;
    std::string next;  ///< empty: the last one
};

struct Created {
    boost::json::object object;  ///< as the API server stored it
};

struct AlreadyExists {};

/// The API server said no, and nothing was changed. `reason` is its word ("Invalid", "NotFound",
/// "Conflict"), `message` its sentence, shortened.
struct Refused {
    std::string reason;
    std::string message;
};

struct Deleted {};

/// A precondition did not hold: the object is another one than was meant.
struct Conflict {
    std::string message;
};

/// We may.
struct Allowed {};

/// The API server said that we may not. `reason` is its own, and mostly empty.
struct Denied {
    std::string reason;
};

using GetOutcome = std::variant<Absent, Present, Forbidden, Unknown>;
using ListOutcome = std::variant<Listed, Forbidden, Unknown>;
using PageOutcome = std::variant<ListedPage, Forbidden, Unknown>;
using CreateOutcome = std::variant<Created, AlreadyExists, Refused, Forbidden, Unknown>;
using DeleteOutcome = std::variant<Deleted, Absent, Conflict, Refused, Forbidden, Unknown>;
using ReviewOutcome = std::variant<Allowed, Denied, Unknown>;

}  // namespace dsm::kube
