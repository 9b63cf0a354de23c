// Reads what sprint-service publishes (contract section 7). Pure.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "libs/stream/event_stream.hpp"
#include "services/backlog/app/task_store.hpp"

namespace dsm::backlog {

struct DatedUpdate {
    std::string event_id;
    TaskUpdated update;
};

/// An event that is well-formed and not ours to apply.
struct OtherEvent {};

/// Of `dsm:events`; nullopt for a document that can never be handled.
std::optional<std::variant<SprintStarted, OtherEvent>> read_sprint_event(
    const stream::Event& entry);

/// Of `task_update_events`; nullopt for a document that can never be handled.
std::optional<std::variant<DatedUpdate, OtherEvent>> read_task_event(const stream::Event& entry);

}  // namespace dsm::backlog
