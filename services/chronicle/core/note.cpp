// The stored names of the note types.
#include "services/chronicle/core/note.hpp"

namespace dsm::chronicle {

const char* name_of(NoteType type) {
    switch (type) {
        case NoteType::kDailyScrumReport:
            return "daily_scrum_report";
        case NoteType::kSprintPlanning:
            return "sprint_planning";
        case NoteType::kDecisionAudit:
            return "decision_audit";
    }
    return "";
}

}  // namespace dsm::chronicle
