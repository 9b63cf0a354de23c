// Small files read and written whole: a reader never sees half of one, also after a kill.
#pragma once

#include <string>

#include "libs/base/result.hpp"

namespace dsm::client {

/// kNotFound when there is no such file; kInvalid over `limit` bytes or when it cannot be read.
Result<std::string> read_whole(const std::string& path, std::size_t limit = 256 * 1024 * 1024);

/// Writes beside `path` and renames over it, mode 0600.
Result<void> write_whole(const std::string& path, const std::string& text);

/// A file that is not there is a success.
Result<void> remove_file(const std::string& path);

}  // namespace dsm::client
