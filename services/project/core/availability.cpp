// Ties are broken down to the last field, so that the answer never depends on the store's order.
#include "services/project/core/availability.hpp"

#include <algorithm>
#include <tuple>

namespace dsm::project {

std::vector<Conflict> find_conflicts(Window window, std::vector<Holiday> holidays,
                                     std::vector<MemberPto> time_off) {
    std::erase_if(holidays, [&](const Holiday& holiday) {
        return holiday.date < window.start || holiday.date > window.end;
    });
    std::erase_if(time_off, [&](const MemberPto& entry) {
        return entry.pto.end < window.start || entry.pto.start > window.end;
    });
    std::ranges::sort(holidays, {},
                      [](const Holiday& holiday) { return std::tie(holiday.date, holiday.name); });
    std::ranges::sort(time_off, {}, [](const MemberPto& entry) {
        return std::tie(entry.pto.start, entry.employee_name, entry.pto.employee_id, entry.pto.end,
                        entry.pto.id);
    });

    std::vector<Conflict> conflicts;
    conflicts.reserve(holidays.size() + time_off.size());
    for (const Holiday& holiday : holidays) {
        conflicts.push_back(
            {ConflictKind::kHoliday, holiday.date, holiday.name, "US Holiday: " + holiday.name});
    }
    for (const auto& [name, pto] : time_off) {
        conflicts.push_back(
            {ConflictKind::kPto, pto.start, name,
             name + " on PTO from " + format_date(pto.start) + " to " + format_date(pto.end)});
    }
    return conflicts;
}

}  // namespace dsm::project
