// The orchestrator's own tables.
#pragma once

#include <vector>

#include "libs/sql/database.hpp"

namespace dsm::orchestrator {

const std::vector<sql::Migration>& decision_migrations();

}  // namespace dsm::orchestrator
