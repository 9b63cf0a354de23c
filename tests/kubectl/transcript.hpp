// The record of what kubectl printed on a real cluster, and the same commands played again.
#pragma once

#include <boost/json/value.hpp>
#include <map>
#include <string>
#include <vector>

namespace dsm::testing {

/// What one command printed, made comparable.
struct Printed {
    int exit_code = 0;
    std::string out;
    std::string err;
    bool operator==(const Printed&) const = default;
};

struct Step {
    std::string arguments;  ///< as on a shell's line, after `kubectl -n NAMESPACE`
    Printed recorded;
    bool differs = false;  ///< on the embedded cluster, for the reason that the record gives
};

struct Transcript {
    std::map<std::string, std::string> files;  ///< beside the commands
    std::vector<Step> steps;
};

/// Reads one step of a record; throws if it is none.
Step read_step(const boost::json::value& step);

/// Reads a record; throws if it is none.
Transcript read_transcript(const std::string& path);

/// Replaces what two clusters can't share: uids, times, revisions, ages, addresses, random parts,
/// the widths of columns.
std::string normalise(std::string text, const std::string& name_space, const std::string& folder);

/// Splits a line as a shell does: blanks separate, quotes keep together.
std::vector<std::string> split_arguments(const std::string& line);

/// Plays the steps in a fresh namespace of the cluster of `kubeconfig`, in order.
std::vector<Printed> play(const Transcript& transcript, const std::string& kubectl,
                          const std::string& kubeconfig, const std::string& name_space,
                          const std::string& folder);

}  // namespace dsm::testing
