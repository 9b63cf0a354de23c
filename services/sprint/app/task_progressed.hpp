// Reads what outside tools say on `daily_scrum_events` (contract section 7).
#pragma once

#include "libs/stream/event_stream.hpp"
#include "services/sprint/app/stores.hpp"

namespace dsm::sprint {

enum class Reading {
    kProgress,
    kOther,      ///< an event of another type: not ours
    kMalformed,  ///< can never be understood
};

/// Fills `event` for kProgress.
Reading read_task_progressed(const stream::Event& entry, TaskProgressed& event);

}  // namespace dsm::sprint
