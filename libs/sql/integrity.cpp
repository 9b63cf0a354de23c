#include "libs/sql/integrity.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "libs/rt/clock.hpp"

namespace dsm::sql {
namespace {

constexpr int kInstructionsBetweenLooks = 1'000;
constexpr int kBusyMs = 5'000;

struct Close {
    void operator()(sqlite3* handle) const { ::sqlite3_close(handle); }
};
struct Finalize {
    void operator()(sqlite3_stmt* statement) const { ::sqlite3_finalize(statement); }
};

struct Limit {
    rt::SystemClock clock;
    rt::Deadline deadline;
};

int is_over(void* given) {
    const auto& limit = *static_cast<const Limit*>(given);
    return limit.deadline.left(limit.clock) <= std::chrono::milliseconds(0) ? 1 : 0;
}

std::unexpected<Error> failure_of(sqlite3* handle, const std::string& path) {
    const int code = ::sqlite3_errcode(handle);
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) {
        return fail(ErrorCode::kInvalid, fmt::format("{}: {}", path, ::sqlite3_errmsg(handle)));
    }
    const char* why =
        code == SQLITE_INTERRUPT ? "the check did not end in time" : ::sqlite3_errmsg(handle);
    return fail(ErrorCode::kUnavailable, fmt::format("{}: {}", path, why));
}

Result<void> require_file(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::is_regular_file(path, ignored)) return {};
    return fail(ErrorCode::kNotFound, fmt::format("{}: there is no such file", path));
}

/// With the log and the index that SQLite keeps beside it, which it makes in the same folder.
bool may_write(const std::string& path) {
    const auto folder = std::filesystem::absolute(path).parent_path();
    return ::faccessat(AT_FDCWD, path.c_str(), R_OK | W_OK, AT_EACCESS) == 0 &&
           ::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
}

}  // namespace

Result<void> check_writable(const std::string& path, std::chrono::milliseconds patience) {
    if (auto there = require_file(path); !there) return there;
    if (!may_write(path)) {
        return fail(ErrorCode::kForbidden, fmt::format("{}: it may not be written", path));
    }
    sqlite3* opened = nullptr;
    const int code = ::sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
    const std::unique_ptr<sqlite3, Close> handle(opened);
    if (code != SQLITE_OK) return {};
    // Who looks leaves the log as it is, also when nobody else has the file open.
    ::sqlite3_db_config(opened, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    ::sqlite3_busy_timeout(opened, static_cast<int>(patience.count()));
    if (::sqlite3_exec(opened, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) != SQLITE_BUSY) {
        return {};
    }
    return fail(ErrorCode::kUnavailable,
                fmt::format("{}: another process holds it, and nothing can be written", path));
}

Result<void> check_integrity(const std::string& path, std::chrono::milliseconds time_limit) {
    if (auto there = require_file(path); !there) return there;
    sqlite3* opened = nullptr;
    const int code = ::sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READONLY, nullptr);
    const std::unique_ptr<sqlite3, Close> handle(opened);
    if (code != SQLITE_OK) return failure_of(opened, path);
    Limit limit;
    limit.deadline = rt::Deadline::after(limit.clock, time_limit);
    ::sqlite3_busy_timeout(opened, kBusyMs);
    ::sqlite3_progress_handler(opened, kInstructionsBetweenLooks, is_over, &limit);

    sqlite3_stmt* prepared = nullptr;
    if (::sqlite3_prepare_v2(opened, "PRAGMA integrity_check(1)", -1, &prepared, nullptr) !=
        SQLITE_OK) {
        return failure_of(opened, path);
    }
    const std::unique_ptr<sqlite3_stmt, Finalize> statement(prepared);
    if (::sqlite3_step(prepared) != SQLITE_ROW) return failure_of(opened, path);
    const auto* text = reinterpret_cast<const char*>(::sqlite3_column_text(prepared, 0));  // NOLINT
    const std::string verdict = text ? text : "out of memory";
    if (verdict == "ok") return {};
    return fail(ErrorCode::kInvalid, fmt::format("{}: {}", path, verdict));
}

}  // namespace dsm::sql
