// Whether a SQLite file is whole, and whether it could be written.
#pragma once

#include <chrono>
#include <string>

#include "libs/base/result.hpp"

namespace dsm::sql {

/// `PRAGMA integrity_check` on the file, opened for reading only, beside whoever has it open.
/// Blocks for as long as reading the whole file takes, at most `limit`. kNotFound: there is no such
/// file; kInvalid: it is damaged or no database, and the message says what is wrong; kUnavailable:
/// it could not be told (locked, not readable, not done in time).
Result<void> check_integrity(const std::string& path,
                             std::chrono::milliseconds limit = std::chrono::seconds(60));

/// Takes the file's write lock for a moment, beside whoever has it open, and changes nothing.
/// kForbidden: it may not be written; kUnavailable: another process held it all of `patience`.
/// Says nothing of damage. A file that does not exist is kNotFound.
Result<void> check_writable(const std::string& path,
                            std::chrono::milliseconds patience = std::chrono::seconds(2));

}  // namespace dsm::sql
