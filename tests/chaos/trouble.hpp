// What befalls Redis and PostgreSQL while the system works.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/chaos/run.hpp"

namespace dsm::chaos {

struct Trouble {
    std::string name;  ///< "redis-flushed", "postgresql-restarted"
    bool of_store = false;
    /// Begins it, and returns when it is under way; what it returns is called to have it over, and
    /// throws where the stage itself fails.
    std::function<std::function<void()>(Stage&)> begin;
};

/// Those that this stage can have.
std::vector<Trouble> troubles_of(const Stage& stage);

}  // namespace dsm::chaos
