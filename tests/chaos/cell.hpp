// One run of the story that is told to the system again and again, each time broken elsewhere.
#pragma once

#include <string>
#include <vector>

namespace dsm::chaos {

/// When a run is asked to end in the middle of its first act, before it is killed.
enum class Term { kNone, kOnceTheSprintIs, kOnceTheCronJobIs };

/// What befalls one run: `arms[i]` is DSM_FAILPOINTS of its i-th start; starts after the last have
/// none.
struct Cell {
    std::string point;  ///< that it is about
    std::vector<std::string> arms;
    bool from_empty = false;  ///< starts on no data at all, so that the migrations run
    Term term = Term::kNone;
    /// Two decisions wait for Redis, which is gone meanwhile, and the second start has both to
    /// deliver at once.
    bool backlog = false;
};

/// Every cell for these points: those that the table knows in the ways it says, any other killed at
/// its first hit.
std::vector<Cell> cells_of(const std::vector<std::string>& points);

std::string name_of(const Cell& cell);

}  // namespace dsm::chaos
