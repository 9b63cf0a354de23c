#include "services/orchestrator/core/decide.hpp"

#include <gtest/gtest.h>

namespace dsm::orchestrator {

namespace {

constexpr const char* kCronJob = "run-dailyscrum-p1-p1-s02";

Sprint sprint(const char* id, const char* status) {
    return {.id = SprintId(id),
            .project_id = ProjectId("P1"),
            .name = id,
            .start_date = "2025-08-24",
            .end_date = "2025-09-07",
            .duration_weeks = 2,
            .status = status};
}

/// A project with a finished sprint, work in its backlog and everything known.
Snapshot between_sprints() {
    Snapshot s{.project_id = ProjectId("P1"), .today = *parse_date("2025-08-31")};
    s.project = Known<Project>{};
    s.team_size = Known<std::int64_t>{2};
    s.availability = Known<Availability>{{.status = "ok"}};
    s.backlog = Known<BacklogSummary>{{.total_tasks = 18, .unassigned_tasks = 12}};
    s.sprints = Known<std::vector<Sprint>>{{sprint("P1-S01", "completed")}};
    s.cronjob = Unknown{};
    s.settings = Absent{};
    return s;
}

/// The same project with its second sprint running.
Snapshot in_sprint(Input<CronJobState> cronjob) {
    Snapshot s = between_sprints();
    s.sprints = Known<std::vector<Sprint>>{
        {sprint("P1-S02", "in_progress"), sprint("P1-S01", "completed")}};
    s.cronjob = std::move(cronjob);
    return s;
}

Input<CronJobState> present(CronJobState state) {
    return Known<CronJobState>{std::move(state)};
}

TEST(Decide, HealsAMissingCronJobOfAnActiveSprint) {
    const Decision d = decide(in_sprint(Absent{}));

    EXPECT_EQ(d.path, Path::kHeal);
    EXPECT_EQ(d.reason, Reason::kCronJobMissing);
    EXPECT_EQ(d.reasoning,
              "Active sprint P1-S02 found, but its corresponding CronJob was missing. Recreating "
              "the CronJob to ensure process continuity.");
    EXPECT_EQ(d.actions, (std::vector<Action>{CreateCronJob{SprintId("P1-S02"), "0 14 * * 1-5"}}));
    EXPECT_TRUE(d.cronjob_created);
    EXPECT_FALSE(d.create_new_sprint);
    EXPECT_EQ(d.tasks_to_assign, 0);
    EXPECT_EQ(d.sprint_name, "P1-S02");
}

TEST(Decide, HealsEvenWhenCreatingIsSwitchedOff) {
    Snapshot s = in_sprint(Absent{});
    s.options.create_cronjob = false;
    s.options.create_sprint_if_needed = false;

    EXPECT_EQ(decide(s).path, Path::kHeal);
}

TEST(Decide, LeavesASprintWithItsCronJobAlone) {
    const Decision d = decide(in_sprint(present({.managed = true})));

    EXPECT_EQ(d.path, Path::kMonitor);
    EXPECT_EQ(d.reason, Reason::kCronJobPresent);
    EXPECT_EQ(d.reasoning,
              "Active sprint P1-S02 found with an existing CronJob. No action needed.");
    EXPECT_TRUE(d.actions.empty());
    EXPECT_FALSE(d.cronjob_created);
    EXPECT_EQ(d.sprint_name, std::nullopt);
    EXPECT_EQ(d.active_sprint, SprintId("P1-S02"));
}

TEST(Decide, SaysWhatIsWrongWithACronJobThatIsThereAndWritesNothing) {
    struct Row {
        const char* sentence;
        CronJobState state;
        Reason reason;
        std::vector<std::string> warnings;
    };
    const Row rows[] = {
        {.sentence = "suspended by somebody",
         .state = {.managed = true, .suspended = true},
         .reason = Reason::kCronJobSuspended,
         .warnings = {fmt::format("CronJob {} is suspended.", kCronJob)}},
        {.sentence = "another schedule",
         .state = {.managed = true, .different_fields = {"spec.schedule", "spec.timeZone"}},
         .reason = Reason::kCronJobDiffers,
         .warnings = {fmt::format(
             "CronJob {} differs from its specification: spec.schedule, spec.timeZone.",
             kCronJob)}},
        {.sentence = "suspended and altered",
         .state = {.managed = true, .suspended = true, .different_fields = {"spec.schedule"}},
         .reason = Reason::kCronJobSuspended,
         .warnings = {fmt::format("CronJob {} is suspended.", kCronJob),
                      fmt::format("CronJob {} differs from its specification: spec.schedule.",
                                  kCronJob)}},
        {.sentence = "somebody else's object",
         .state = {.suspended = true, .different_fields = {"spec"}},
         .reason = Reason::kCronJobForeign,
         .warnings = {fmt::format("CronJob {} is not managed by DSM.", kCronJob)}},
    };

    for (const Row& row : rows) {
        const Decision d = decide(in_sprint(present(row.state)));
        EXPECT_EQ(d.path, Path::kMonitor) << row.sentence;
        EXPECT_EQ(d.reason, row.reason) << row.sentence;
        EXPECT_EQ(d.reasoning,
                  "Active sprint P1-S02 found with an existing CronJob that needs attention.");
        EXPECT_EQ(d.warnings, row.warnings) << row.sentence;
        EXPECT_TRUE(d.actions.empty()) << row.sentence;
    }
}

TEST(Decide, PlansASprintWhenThereIsNoneAndTasksWait) {
    Snapshot s = between_sprints();
    s.options.sprint_duration_weeks = 3;
    s.options.assign_tasks = false;
    const Decision d = decide(s);

    EXPECT_EQ(d.path, Path::kCreate);
    EXPECT_EQ(d.reason, Reason::kNoActiveSprint);
    EXPECT_EQ(d.reasoning,
              "No active sprint found and unassigned tasks exist.; Proposing to create new sprint: "
              "P1-S02.; Proposing to assign 10 tasks.; New sprint creation triggers CronJob "
              "generation.");
    EXPECT_EQ(d.tasks_to_assign, 10);
    EXPECT_TRUE(d.create_new_sprint);
    EXPECT_TRUE(d.cronjob_created);
    EXPECT_EQ(d.sprint_name, "P1-S02");
    EXPECT_EQ(d.actions, (std::vector<Action>{CreateSprint{"P1-S02", 3, 10, false},
                                              CreateCronJob{std::nullopt, "0 14 * * 1-5"}}));
}

TEST(Decide, PlansASprintWithoutACronJobWhenNoneIsWanted) {
    Snapshot s = between_sprints();
    s.options.create_cronjob = false;
    s.options.max_tasks_per_sprint = 3;
    s.settings = Unknown{"database busy"};
    const Decision d = decide(s);

    EXPECT_EQ(d.path, Path::kCreate);
    EXPECT_FALSE(d.cronjob_created);
    EXPECT_EQ(d.tasks_to_assign, 3);
    EXPECT_EQ(d.actions, (std::vector<Action>{CreateSprint{"P1-S02", 2, 3, true}}));
}

TEST(Decide, RestsBetweenSprints) {
    Snapshot empty = between_sprints();
    empty.backlog = Known<BacklogSummary>{{.total_tasks = 18}};
    Snapshot disabled = between_sprints();
    disabled.options.create_sprint_if_needed = false;

    for (const auto& [snapshot, reason] :
         {std::pair{empty, Reason::kNothingToDo}, std::pair{disabled, Reason::kCreationDisabled}}) {
        const Decision d = decide(snapshot);
        EXPECT_EQ(d.path, Path::kMaintenance);
        EXPECT_EQ(d.reason, reason);
        EXPECT_EQ(d.reasoning, "No specific actions required based on current state and options.");
        EXPECT_TRUE(d.actions.empty());
        EXPECT_EQ(d.sprint_name, std::nullopt);
    }
}

TEST(Decide, NothingIsDoneOnAnythingUnknown) {
    struct Row {
        const char* sentence;
        std::function<void(Snapshot&)> change;
        Snapshot from;
        Reason reason;
    };
    const Snapshot missing = in_sprint(Absent{});
    const Row rows[] = {
        {"project unknown", [](Snapshot& s) { s.project = Unknown{"down"}; }, missing,
         Reason::kProjectUnknown},
        {"project absent", [](Snapshot& s) { s.project = Absent{}; }, missing,
         Reason::kProjectUnknown},
        {"sprints unknown", [](Snapshot& s) { s.sprints = Unknown{"down"}; }, missing,
         Reason::kSprintsUnknown},
        {"sprints absent", [](Snapshot& s) { s.sprints = Absent{}; }, between_sprints(),
         Reason::kSprintsUnknown},
        {"CronJob unknown", [](Snapshot& s) { s.cronjob = Unknown{"403"}; }, missing,
         Reason::kCronJobUnknown},
        {"settings unknown, heal", [](Snapshot& s) { s.settings = Unknown{"busy"}; }, missing,
         Reason::kSettingsUnknown},
        {"settings unknown, create", [](Snapshot& s) { s.settings = Unknown{"busy"}; },
         between_sprints(), Reason::kSettingsUnknown},
        {"backlog unknown", [](Snapshot& s) { s.backlog = Unknown{"down"}; }, between_sprints(),
         Reason::kBacklogUnknown},
        {"backlog absent", [](Snapshot& s) { s.backlog = Absent{}; }, between_sprints(),
         Reason::kBacklogUnknown},
        {"nothing read at all", [](Snapshot& s) { s = Snapshot{.project_id = ProjectId("P1")}; },
         missing, Reason::kProjectUnknown},
    };

    for (const Row& row : rows) {
        Snapshot snapshot = row.from;
        row.change(snapshot);
        const Decision d = decide(snapshot);
        EXPECT_EQ(d.path, Path::kBlocked) << row.sentence;
        EXPECT_EQ(d.reason, row.reason) << row.sentence;
        EXPECT_TRUE(d.actions.empty()) << row.sentence;
        EXPECT_FALSE(d.cronjob_created) << row.sentence;
        EXPECT_FALSE(d.create_new_sprint) << row.sentence;
        EXPECT_FALSE(d.warnings.empty()) << row.sentence;
    }
}

TEST(Decide, SaysWhyTheCronJobIsUnknown) {
    const Decision d =
        decide(in_sprint(Unknown{"not allowed to get cronjobs.batch in namespace dsm"}));

    EXPECT_EQ(d.reasoning,
              "Active sprint P1-S02 found, but the state of its CronJob is unknown. No action "
              "taken.");
    EXPECT_EQ(d.warnings, (std::vector<std::string>{"CronJob state is unknown: not allowed to get "
                                                    "cronjobs.batch in namespace dsm"}));
}

TEST(Decide, WhatIsNotNeededMayBeUnknown) {
    Snapshot s = in_sprint(Absent{});
    s.team_size = Unknown{};
    s.backlog = Unknown{};
    s.availability = Unknown{"too slow"};
    const Decision d = decide(s);

    EXPECT_EQ(d.path, Path::kHeal);
    EXPECT_EQ(d.warnings, (std::vector<std::string>{"Team availability is unknown: too slow"}));
}

TEST(Decide, TellsOfHolidaysAndAbsencesBeforeEverythingElse) {
    Snapshot s = in_sprint(Unknown{"403"});
    s.availability = Known<Availability>{
        {.status = "conflict",
         .conflicts = {{"holiday", "2025-09-01", "Labor Day", "US Holiday: Labor Day"},
                       {"pto", "2025-09-02", "Mara", "Mara on PTO from A to B"}}}};
    const Decision d = decide(s);

    EXPECT_EQ(d.reasoning,
              "Note: Sprint timeline includes 2 holiday(s) or PTO day(s).; Active sprint P1-S02 "
              "found, but the state of its CronJob is unknown. No action taken.");
    EXPECT_EQ(d.warnings, (std::vector<std::string>{
                              "Sprint timeline includes upcoming holiday: Labor Day on 2025-09-01",
                              "Sprint timeline includes PTO: Mara on PTO from A to B",
                              "CronJob state is unknown: 403"}));
}

TEST(Decide, TheScheduleIsTheOneAskedForElseTheRememberedOne) {
    Snapshot s = in_sprint(Absent{});
    s.settings = Known<ProjectSettings>{{.schedule = "30 9 * * *"}};

    EXPECT_EQ(decide(s).actions,
              (std::vector<Action>{CreateCronJob{SprintId("P1-S02"), "30 9 * * *"}}));
    s.options.schedule = "15 8 * * 1";
    EXPECT_EQ(decide(s).actions,
              (std::vector<Action>{CreateCronJob{SprintId("P1-S02"), "15 8 * * 1"}}));
}

TEST(Decide, TheTraceEndsWithTheRuleThatHeld) {
    const Decision d = decide(in_sprint(Absent{}));

    ASSERT_FALSE(d.trace.empty());
    EXPECT_EQ(d.trace.back().rule, "the active sprint's CronJob is missing");
    EXPECT_EQ(d.trace.back().because, "active sprint P1-S02, CronJob absent");
    EXPECT_EQ(std::ranges::count_if(d.trace, &RuleTrace::held), 1);
}

// Mistakes of an earlier implementation (contract section 11).

TEST(Decide, ASprintWhoseIdWouldBeTooLongIsObjectedToAndNothingElseIs) {
    Snapshot s = between_sprints();
    s.sprints = Known<std::vector<Sprint>>{};
    for (const std::size_t length : {std::size_t{251}, std::size_t{252}, std::size_t{255}}) {
        s.project_id = ProjectId(std::string(length, 'p'));

        EXPECT_EQ(objection_to(decide(s)).has_value(), length > 251) << length;
    }
    EXPECT_FALSE(objection_to(decide(in_sprint(Absent{}))));
}

TEST(Mistake14, SprintNumbersComeFromTheHighestNumberAndNotFromTheCountOfActiveOnes) {
    Snapshot s = between_sprints();
    s.sprints = Known<std::vector<Sprint>>{
        {sprint("P1-S09", "completed"), sprint("P1-S11", "closed_with_pending_tasks"),
         sprint("other", "completed"), sprint("P1-S99999999999999999999", "completed")}};

    EXPECT_EQ(decide(s).sprint_name, "P1-S12");
}

TEST(Mistake15, TheFirstSprintOfAProjectCanBeCreated) {
    Snapshot s = between_sprints();
    s.sprints = Known<std::vector<Sprint>>{};

    EXPECT_EQ(decide(s).path, Path::kCreate);
    EXPECT_EQ(decide(s).sprint_name, "P1-S01");
}

}  // namespace
}  // namespace dsm::orchestrator
