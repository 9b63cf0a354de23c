// The whole of what project-service keeps, as import and export see it (contract section 12).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "libs/base/result.hpp"
#include "services/project/core/project.hpp"

namespace dsm::project {

struct WorkspaceProject {
    Project project;
    std::vector<std::string> team;  ///< employee ids
};

struct Workspace {
    std::vector<WorkspaceProject> projects;
    std::vector<Employee> employees;
    std::vector<Holiday> holidays;
    std::vector<Pto> pto;
};

/// Rows of the four lists; a member of a team is part of its project's row.
struct ImportCount {
    std::int64_t imported = 0;
    std::int64_t kept = 0;
};

enum class ImportMode { kWrite, kDryRun };

/// Failures: kUnavailable and kUnknown of the database.
class WorkspaceStore {
public:
    virtual ~WorkspaceStore() = default;

    /// Which of `employee_ids` are not stored.
    virtual boost::asio::awaitable<Result<std::vector<std::string>>> unknown_employees(
        std::vector<std::string> employee_ids) = 0;
    /// In one transaction. Rows that exist are kept as they are; a team gains whom it lacks. Every
    /// employee that is named must be stored or in `workspace`.
    virtual boost::asio::awaitable<Result<ImportCount>> import(Workspace workspace,
                                                               ImportMode mode) = 0;
    /// By id, holidays by date and name, time off by employee and days; equal time off once.
    virtual boost::asio::awaitable<Result<Workspace>> export_all() = 0;
};

}  // namespace dsm::project
