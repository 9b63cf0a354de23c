// Reads what sprint-service publishes on `dsm:events` (contract section 7). Pure.
#pragma once

#include <optional>

#include "libs/stream/event_stream.hpp"
#include "services/project/app/project_store.hpp"

namespace dsm::project {

enum class Reading { kSprintStarted, kOther, kMalformed };

/// Fills `event` for kSprintStarted. kOther: an event that is not ours to apply.
Reading read_event(const stream::Event& entry, SprintStarted& event);

}  // namespace dsm::project
