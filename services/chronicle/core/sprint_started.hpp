// The planning note of a sprint that began, from the event that says so. Pure.
#pragma once

#include <string_view>

#include "services/chronicle/core/note.hpp"

namespace dsm::chronicle {

enum class Reading { kSprintStarted, kOther, kMalformed };

/// Reads one document of `dsm:events` (contract section 7). Fills `note` for kSprintStarted; its
/// source id is the event's.
Reading read_sprint_event(std::string_view document, Note& note);

}  // namespace dsm::chronicle
