// Turns with fault knobs, for tests of what is done in them.
#pragma once

#include <map>

#include "libs/rt/task_scope.hpp"
#include "services/orchestrator/app/ports.hpp"

namespace dsm::orchestrator {

/// Another orchestrator is played by `busy`, a database that is gone by `gone`, a session that
/// ends by `lost`.
class FakeTurns final : public Turns {
public:
    Awaited<Result<std::shared_ptr<const Turn>>> take(ProjectId project,
                                                      rt::Deadline deadline) override {
        if (gone) co_return fail(ErrorCode::kUnavailable, "no database");
        while (busy) {
            if (deadline.passed(clock)) co_return fail(ErrorCode::kConflict, "somebody has it");
            co_await rt::sleep_for(std::chrono::milliseconds(1));
        }
        ++holders[project];
        most = std::max(most, holders[project]);
        co_return std::make_shared<const Held>(*this, project);
    }

    rt::SystemClock clock;
    bool busy = false;
    bool gone = false;
    bool lost = false;
    std::map<ProjectId, int> holders;
    int most = 0;  ///< at once, of one project

private:
    class Held final : public Turn {
    public:
        Held(FakeTurns& turns, ProjectId project) : turns_(turns), project_(std::move(project)) {}
        ~Held() override { --turns_.holders[project_]; }
        bool held() const override { return !turns_.lost; }

    private:
        FakeTurns& turns_;
        const ProjectId project_;
    };
};

}  // namespace dsm::orchestrator
