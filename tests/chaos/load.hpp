// The story of a load: clients ask for so long, while CronJobs are deleted and a part of the system
// comes and goes. The system itself lives through it.
#pragma once

#include <chrono>
#include <string>

#include "tests/chaos/run.hpp"
#include "tests/chaos/trouble.hpp"

namespace dsm::chaos {

struct Load {
    std::chrono::milliseconds lasts{10'000};
    int clients = 4;
    std::chrono::milliseconds pace{100};  ///< of each client, between an answer and the next POST
    Trouble trouble;
    std::chrono::milliseconds every{5'000};  ///< the trouble begins
    std::chrono::milliseconds stays{0};      ///< before it is mended
    int at_least = 0;                        ///< so many troubles, also when that takes longer
};

struct LoadTold {
    Told told;
    int troubles = 0;
    std::chrono::milliseconds slowest{0};  ///< from the first try of a POST to its 200
};

/// Each client repeats what was not answered with 200, under its key where it has one. Throws as
/// `tell`.
LoadTold tell_load(Stage& stage, const Load& load, const std::string& name_space);

}  // namespace dsm::chaos
