// Which days of a window are not ordinary working days of a team, and why. Pure.
#pragma once

#include <string>
#include <vector>

#include "services/project/core/project.hpp"

namespace dsm::project {

/// Days, both ends included.
struct Window {
    Date start;
    Date end;
};

struct MemberPto {
    std::string employee_name;
    Pto pto;
};

enum class ConflictKind { kHoliday, kPto };

struct Conflict {
    ConflictKind kind;
    Date date;  ///< of the holiday, or the first day off (which may lie before the window)
    std::string name;
    std::string details;

    bool operator==(const Conflict&) const = default;
};

/// Holidays inside the window by date, then every time off that touches it by start and name.
/// The sentences are literal. Source: contract section 3, "Availability".
std::vector<Conflict> find_conflicts(Window window, std::vector<Holiday> holidays,
                                     std::vector<MemberPto> time_off);

}  // namespace dsm::project
