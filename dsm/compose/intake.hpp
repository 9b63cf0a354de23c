// The workspace files that one `dsm up` was told to take in: read and checked before anything
// starts, skipped when this data directory has taken them in already.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dsm/client/api.hpp"
#include "dsm/client/importer.hpp"
#include "dsm/compose/data_dir.hpp"
#include "dsm/workspace/workspace.hpp"
#include "libs/base/result.hpp"

namespace dsm::compose {

struct Intake {
    std::string name;    ///< for people: the path, or "the sample workspace"
    std::string digest;  ///< by which it is recognised
    workspace::Workspace workspace;
    client::ImportCount count = {};  ///< what became of it, once taken in
};

/// kInvalid with every error of every file, one a line.
Result<std::vector<Intake>> read_intakes(const std::vector<std::string>& paths);

/// Without those that `state` knows.
std::vector<Intake> not_taken_in(std::vector<Intake> intakes, const State& state);

/// How far the services' clock is from the machine's: `now` if given, else the clock of the last
/// intake that has one, else what `state` remembers, else not at all.
std::chrono::microseconds clock_offset(std::optional<Instant> now,
                                       const std::vector<Intake>& intakes, const State& state,
                                       Instant machine_time);

}  // namespace dsm::compose
