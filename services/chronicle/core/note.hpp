// What chronicle-service keeps: notes of three types, and the retrospective of a sprint.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/time.hpp"

namespace dsm::chronicle {

enum class NoteType { kDailyScrumReport, kSprintPlanning, kDecisionAudit };

/// The word it is stored under.
const char* name_of(NoteType type);

/// A note to be kept. `data` is one JSON document whose shape depends on the type.
struct Note {
    NoteType type = NoteType::kDailyScrumReport;
    std::string project_id;
    std::optional<std::string> sprint_id;
    std::optional<std::string> source_id;  ///< one note a type and source; none: always a new one
    bool is_decision = false;              ///< a report that the orchestrator wrote of a decision
    Instant at{};                          ///< when it happened, by its own word
    std::optional<std::string> report_date;
    std::vector<std::string> dates;  ///< YYYY-MM-DD, under which a report is found
    std::optional<std::string> summary;
    std::optional<std::string> metrics;  ///< JSON
    std::string data;
};

struct StoredNote {
    std::string id;
    Note note;
    Instant created_at{};
};

struct ActionItem {
    std::string description;
    std::string status;
};

struct Retrospective {
    std::string project_id;
    std::string sprint_id;
    std::optional<std::string> source_id;
    std::vector<ActionItem> action_items;
    std::vector<std::string> attendees;
    std::string data;  ///< everything else, one JSON document
};

struct StoredRetrospective {
    std::string id;
    Retrospective retrospective;
    Instant created_at{};
};

}  // namespace dsm::chronicle
