// The data directory of one `dsm up`: taken by one process at a time, and remembering its clock and
// what it has taken in.
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>

#include "libs/base/result.hpp"

namespace dsm::compose {

/// What outlives a process. Kept in state.json, written whole.
struct State {
    std::optional<std::chrono::microseconds> clock_offset;
    std::set<std::string> taken_in;  ///< digests of imported files; "sample"

    bool operator==(const State&) const = default;
};

/// Holds the lock as long as it lives; a kill releases it.
class DataDir {
public:
    /// Makes the directory (0700) if absent. kConflict when another process has it: nothing was
    /// changed then.
    static Result<DataDir> open(const std::string& path);
    ~DataDir();
    DataDir(DataDir&& other) noexcept;
    DataDir& operator=(DataDir&&) = delete;

    const std::string& path() const { return path_; }
    std::string file(const std::string& name) const { return path_ + "/" + name; }

    /// An empty one when there is none yet; kInvalid for a damaged file, which names it.
    Result<State> load() const;
    Result<void> save(const State& state) const;

private:
    DataDir(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

    std::string path_;
    int lock_;
};

}  // namespace dsm::compose
