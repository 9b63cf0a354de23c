// The nouns of project-service as values: projects, people, holidays and time off.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/time.hpp"

namespace dsm::project {

struct Project {
    std::string id;
    std::string name;
    std::string description;
    std::string status;  ///< free text: "inactive", "active", "in_progress"

    bool operator==(const Project&) const = default;
};

struct Employee {
    std::string id;
    std::string name;
    std::optional<std::string> gender;
    std::optional<std::string> state;
    std::optional<std::int64_t> age;

    bool operator==(const Employee&) const = default;
};

struct Holiday {
    Date date;
    std::string name;
    std::string type;

    bool operator==(const Holiday&) const = default;
};

/// Days off of one employee, both ends included.
struct Pto {
    std::string id;  ///< a UUID
    std::string employee_id;
    Date start;
    Date end;
    std::optional<std::string> reason;

    bool operator==(const Pto&) const = default;
};

/// A UUID that is the same for the same employee, days and reason, so that importing a row twice
/// is importing it once.
std::string content_id(const Pto& pto);

}  // namespace dsm::project
