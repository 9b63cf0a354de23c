// What chronicle-service needs to know at start.
#pragma once

#include <cstddef>

#include "libs/sql/database.hpp"

namespace dsm::chronicle {

struct Config {
    sql::DatabaseSettings database;
    std::size_t stream_max_length = 100'000;  ///< about so many entries a stream keeps
};

}  // namespace dsm::chronicle
