// Start, POST, heal, end, while the n-th call of one function fails; then again without.
#pragma once

#include <string>
#include <vector>

#include "tests/chaos/postgresql_beside.hpp"

namespace dsm::chaos {

struct NthStage {
    std::string binary;
    std::string library;                     ///< nth_call, to be preloaded
    std::string loaded_data;                 ///< a data directory with the story's workspace
    PostgresqlBeside* postgresql = nullptr;  ///< null: the stores are SQLite's
};

/// Which call fails.
struct NthCall {
    std::string function;   ///< malloc (also calloc and realloc), write, fdatasync, connect, accept
    int nth = 0;            ///< counted from 1; 0: none fails
    std::string path = {};  ///< not empty: the first one on this path from the n-th on
    int frames = 0;         ///< the last places in the code that are a path; 0: no paths
    std::string library = {};  ///< not empty: only calls count that have it in their path
};

struct NthOutcome {
    bool reached = false;        ///< there was such a call
    int exit_code = -1;          ///< of the broken process; 0: it went on to its end
    int calls = 0;               ///< how many there were; 0: it did not end by itself
    std::vector<NthCall> paths;  ///< the first call on each, where they were asked for
    std::string
        trouble;  ///< empty: it went on or said why not, and no store lost what was answered
};

NthOutcome tell_with_nth(const NthStage& stage, const NthCall& call);

/// Makes `stage.loaded_data` in `folder`, and the database of the same content.
void load_for_nth(NthStage& stage, const std::string& folder);

}  // namespace dsm::chaos
