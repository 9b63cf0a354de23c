// The database of chronicle-service: opened at start, shared by its stores.
#pragma once

#include <memory>

#include "libs/sql/database.hpp"

namespace dsm::chronicle {

/// Exists before it is open, because routes are made before the service starts.
class ChronicleDatabase {
public:
    /// Opens and migrates. Blocks; call once, before any use.
    Result<void> open(sql::DatabaseSettings settings);

    sql::Database* operator->() const { return database_.get(); }
    explicit operator bool() const { return database_ != nullptr; }

private:
    std::unique_ptr<sql::Database> database_;
};

}  // namespace dsm::chronicle
