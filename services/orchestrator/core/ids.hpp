// The ids that the orchestrator speaks of, each of its own type.
#pragma once

#include "libs/base/strong_id.hpp"

namespace dsm::orchestrator {

struct ProjectTag;
struct SprintTag;
struct DecisionTag;

using ProjectId = StrongId<ProjectTag>;
using SprintId = StrongId<SprintTag>;
using DecisionId = StrongId<DecisionTag>;  ///< a UUID: X-Decision-ID, audit_id, and an annotation

}  // namespace dsm::orchestrator
