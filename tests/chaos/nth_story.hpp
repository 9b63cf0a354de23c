// Start, POST, heal, end, while the n-th call of one function fails; then again without.
#pragma once

#include <string>

namespace dsm::chaos {

struct NthStage {
    std::string binary;
    std::string library;      ///< nth_call, to be preloaded
    std::string loaded_data;  ///< a data directory with the story's workspace
};

struct NthOutcome {
    bool reached = false;  ///< there was an n-th call
    int exit_code = -1;    ///< of the broken process; 0: it went on to its end
    int calls = 0;         ///< how many there were; 0: it did not end by itself
    std::string trouble;   ///< empty: it went on or said why not, and the store was intact
};

/// `function` is malloc, write, fdatasync, connect or accept; nth 0: none fails.
NthOutcome tell_with_nth(const NthStage& stage, const std::string& function, int nth);

/// Makes `stage.loaded_data` in `folder`.
void load_for_nth(NthStage& stage, const std::string& folder);

}  // namespace dsm::chaos
