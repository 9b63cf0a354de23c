#include "services/orchestrator/core/settlement.hpp"

#include <gtest/gtest.h>

namespace dsm::orchestrator {
namespace {

using namespace std::chrono_literals;

const ProjectId kProject("P");
const DecisionId kDecision("d-1");

Sprint sprint(std::string id, std::string name, std::string status = "in_progress") {
    return {.id = SprintId(std::move(id)),
            .project_id = kProject,
            .name = std::move(name),
            .status = std::move(status)};
}

Snapshot world(std::vector<Sprint> sprints, std::int64_t unassigned = 3) {
    Snapshot s{.project_id = kProject};
    s.project = Known<Project>{};
    s.team_size = Known<std::int64_t>{1};
    s.availability = Known<Availability>{{.status = "ok"}};
    s.backlog = Known<BacklogSummary>{{.total_tasks = 3, .unassigned_tasks = unassigned}};
    s.sprints = Known<std::vector<Sprint>>{std::move(sprints)};
    s.cronjob = Absent{};
    s.settings = Absent{};
    return s;
}

Snapshot with_cronjob(std::string decision) {
    Snapshot s = world({sprint("P-S01", "P-S01")});
    s.cronjob = Known<CronJobState>{{.managed = true, .decision = DecisionId(std::move(decision))}};
    return s;
}

const Close kNoLonger{"it is no longer what is to be done"};
const Close kTooOld{"nobody waits for it any more"};

struct Row {
    const char* says;
    Snapshot now;
    Settlement becomes;
    std::chrono::microseconds age = 1s;
};

TEST(Settle, ASprintIsLookedForByItsNameBeforeItIsCreatedAgain) {
    const Row rows[] = {
        {"the reply was lost", world({sprint("P-S01", "P-S01")}), Adopt{SprintId("P-S01"), true}},
        {"sprint-service's id counts", world({sprint("P-S07", "P-S01")}),
         Adopt{SprintId("P-S07"), true}},
        {"closed meanwhile", world({sprint("P-S01", "P-S01", "completed")}, 0),
         Adopt{SprintId("P-S01"), false}},
        {"never arrived", world({}), Repeat{}},
        {"never arrived, long ago", world({}), kTooOld, 2h},
        {"arrived, long ago", world({sprint("P-S01", "P-S01")}), Adopt{SprintId("P-S01"), true},
         100h},
        {"somebody else's sprint runs", world({sprint("P-S01", "Theirs")}), kNoLonger},
        {"no tasks are left", world({}, 0), kNoLonger},
        {"somebody else's sprint came and went", world({sprint("P-S01", "Theirs", "completed")}),
         kNoLonger},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(settle(world({}), kDecision, row.now, row.age), row.becomes) << row.says;
    }
}

TEST(Settle, ACronJobIsOursWhenItCarriesTheDecision) {
    const Row rows[] = {
        {"made", with_cronjob("d-1"), Adopt{}},
        {"made by another decision", with_cronjob("d-2"), kNoLonger},
        {"made by nobody's decision", with_cronjob(""), kNoLonger},
        {"not made", world({sprint("P-S01", "P-S01")}), Repeat{}},
        {"not made, long ago", world({sprint("P-S01", "P-S01")}), kTooOld, 2h},
        {"made, the clock set ahead since", with_cronjob("d-1"), Adopt{}, 9000h},
        {"not made, the clock set back since", world({sprint("P-S01", "P-S01")}), Repeat{}, -9000h},
        {"its sprint was closed", world({sprint("P-S01", "P-S01", "completed")}, 0), kNoLonger},
        {"another sprint runs", world({sprint("P-S02", "P-S02")}), kNoLonger},
    };
    const Snapshot healing = world({sprint("P-S01", "P-S01")});
    for (const Row& row : rows) {
        EXPECT_EQ(settle(healing, kDecision, row.now, row.age), row.becomes) << row.says;
    }
}

TEST(Settle, OnWhatIsNotKnownNothingIsDone) {
    Snapshot dark = world({});
    dark.sprints = Unknown{"503"};
    Snapshot forbidden = world({sprint("P-S01", "P-S01")});
    forbidden.cronjob = Unknown{"403"};

    EXPECT_TRUE(std::holds_alternative<Wait>(settle(world({}), kDecision, dark, 100h)));
    const auto healing = world({sprint("P-S01", "P-S01")});
    EXPECT_EQ(settle(healing, kDecision, forbidden, 100h),
              Settlement(Wait{"its CronJob is unknown: 403"}));
}

}  // namespace
}  // namespace dsm::orchestrator
