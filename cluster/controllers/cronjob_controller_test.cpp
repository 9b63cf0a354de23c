// What the CronJob controller of a real cluster does, done here on a clock that stands.
#include "cluster/controllers/fixture.hpp"

namespace dsm::cluster {
namespace {

/// Jobs that someone else's controller runs, so that their Pods are the test's to play.
class CronJobs : public ControllerTest {
protected:
    json::value create_played(const std::string& name, std::string_view schedule,
                              json::object more = {}) {
        json::object spec = job_spec("dsm", {});
        spec["managedBy"] = "example.com/test";
        more["jobTemplate"] = {{"metadata", {{"labels", {{"app", "scrum"}}}}}, {"spec", spec}};
        return create_cronjob(name, schedule, std::move(more));
    }
    std::string job_at(std::string_view time) { return job_name("a", at(time)); }
    std::vector<std::string> active(const std::string& name) {
        std::vector<std::string> all;
        for (const json::value& entry : array_at(get("cronjobs", name), {"status", "active"})) {
            all.emplace_back(text_at(entry, {"name"}));
        }
        return all;
    }
};

TEST_F(CronJobs, NamesAJobByTheMinutesOfItsTime) {
    create_played("a", "1 10 * * *");
    settle_at("2026-03-02T10:00:59Z");
    EXPECT_TRUE(names("jobs").empty());

    settle_at("2026-03-02T10:01:00.2Z");
    ASSERT_EQ(names("jobs"), std::vector<std::string>{"a-29540761"});
    const json::value job = get("jobs", "a-29540761");
    EXPECT_EQ(text_at(job, {"metadata", "labels", "app"}), "scrum");
    EXPECT_EQ(text_at(job, {"metadata", "annotations",
                            "batch.kubernetes.io/cronjob-scheduled-timestamp"}),
              "2026-03-02T10:01:00Z");
    const json::value* owner = controller_of(job);
    ASSERT_NE(owner, nullptr);
    EXPECT_EQ(text_at(*owner, {"uid"}), text_at(get("cronjobs", "a"), {"metadata", "uid"}));
    EXPECT_EQ(text_at(get("cronjobs", "a"), {"status", "lastScheduleTime"}),
              "2026-03-02T10:01:00Z");
    EXPECT_EQ(active("a"), std::vector<std::string>{"a-29540761"});
    EXPECT_TRUE(has_event("SuccessfulCreate: Created job a-29540761"));
}

TEST_F(CronJobs, StartsOnlyTheLatestOfManyMissedRuns) {
    create_played("a", "*/5 * * * *");
    settle_at("2026-03-04T10:02:00Z");

    EXPECT_EQ(names("jobs"), std::vector<std::string>{job_at("2026-03-04T10:00:00Z")});
    EXPECT_TRUE(
        has_event("TooManyMissedTimes: too many missed start times. Set or decrease "
                  ".spec.startingDeadlineSeconds or check clock skew"));
}

TEST_F(CronJobs, SkipsARunWhoseStartingDeadlinePassed) {
    create_played("a", "0 * * * *", {{"startingDeadlineSeconds", 60}});

    settle_at("2026-03-02T11:02:00Z");
    EXPECT_TRUE(names("jobs").empty());
    settle_at("2026-03-02T12:00:30Z");
    EXPECT_EQ(names("jobs"), std::vector<std::string>{job_at("2026-03-02T12:00:00Z")});
}

TEST_F(CronJobs, FollowsTheTimeZoneOfTheSchedule) {
    create_played("a", "0 14 * * *", {{"timeZone", "Europe/Berlin"}});

    settle_at("2026-03-02T13:00:01Z");
    EXPECT_EQ(names("jobs"), std::vector<std::string>{job_at("2026-03-02T13:00:00Z")});
}

TEST_F(CronJobs, ForbidsASecondRunBesideAnActiveOneAndCatchesUpLater) {
    create_played("a", "* * * * *", {{"concurrencyPolicy", "Forbid"}});
    settle_at("2026-03-02T10:01:01Z");
    settle_at("2026-03-02T10:02:01Z");
    ASSERT_EQ(names("jobs").size(), 1);
    EXPECT_TRUE(
        has_event("JobAlreadyActive: Not starting job because prior execution is running "
                  "and concurrency policy is Forbid"));

    finish(job_at("2026-03-02T10:01:00Z"), true);
    settle_at("2026-03-02T10:02:30Z");
    EXPECT_EQ(active("a"), std::vector<std::string>{job_at("2026-03-02T10:02:00Z")});
    EXPECT_EQ(text_at(get("cronjobs", "a"), {"status", "lastSuccessfulTime"}),
              "2026-03-02T10:02:01Z");
}

TEST_F(CronJobs, ReplacesAnActiveRun) {
    create_played("a", "* * * * *", {{"concurrencyPolicy", "Replace"}});
    settle_at("2026-03-02T10:01:01Z");

    settle_at("2026-03-02T10:02:01Z");
    EXPECT_EQ(names("jobs"), std::vector<std::string>{job_at("2026-03-02T10:02:00Z")});
    EXPECT_EQ(active("a"), names("jobs"));
    EXPECT_TRUE(has_event("SuccessfulDelete: Deleted job " + job_at("2026-03-02T10:01:00Z")));
}

TEST_F(CronJobs, KeepsAsMuchHistoryAsTheLimitsSay) {
    create_played("a", "* * * * *", {{"successfulJobsHistoryLimit", 1}});
    for (const char* minute : {"01", "02", "03"}) {
        const std::string time = std::string("2026-03-02T10:") + minute + ":0";
        settle_at(time + "1Z");
        finish(job_at(time + "0Z"), true);
    }

    settle_at("2026-03-02T10:03:30Z");
    EXPECT_EQ(names("jobs"), std::vector<std::string>{job_at("2026-03-02T10:03:00Z")});
}

TEST_F(CronJobs, StartsNothingWhileSuspendedAndOneMissedRunAfterwards) {
    create_played("a", "0 * * * *", {{"suspend", true}});
    settle_at("2026-03-02T12:30:00Z");
    ASSERT_TRUE(names("jobs").empty());

    patch("cronjobs", "a", R"({"spec":{"suspend":false}})");
    settle();
    EXPECT_EQ(names("jobs"), std::vector<std::string>{job_at("2026-03-02T12:00:00Z")});
}

TEST_F(CronJobs, CountsANewScheduleFromTheChange) {
    create_played("a", "0 0 1 1 *");
    settle_at("2026-03-02T12:30:00Z");

    patch("cronjobs", "a", R"({"spec":{"schedule":"0 11 * * *"}})");
    settle();
    EXPECT_TRUE(names("jobs").empty());
}

TEST_F(CronJobs, SaysThatAnActiveJobWentMissing) {
    create_played("a", "1 10 * * *");
    settle_at("2026-03-02T10:01:01Z");
    const std::string job = job_at("2026-03-02T10:01:00Z");

    remove("jobs", job, "Background");
    settle();
    EXPECT_TRUE(active("a").empty());
    EXPECT_TRUE(has_event("MissingJob: Active job went missing: " + job));
}

TEST_F(CronJobs, TakesTheJobOfItsRunThatSomebodyAlreadyMade) {
    create_played("a", "1 10 * * *");
    json::value job = job_of(get("cronjobs", "a"), at("2026-03-02T10:01:00Z"));
    create("batch/v1", "Job", "dsm", job);

    settle_at("2026-03-02T10:01:01Z");
    EXPECT_EQ(names("jobs").size(), 1);
    EXPECT_EQ(active("a"), names("jobs"));
}

TEST_F(CronJobs, TakesItsJobsWithItUnlessOrphaned) {
    create_played("a", "1 10 * * *");
    settle_at("2026-03-02T10:01:01Z");
    const std::string job = job_at("2026-03-02T10:01:00Z");

    remove("cronjobs", "a", "Orphan");
    settle();
    EXPECT_FALSE(exists("cronjobs", "a"));
    ASSERT_TRUE(exists("jobs", job));
    EXPECT_EQ(controller_of(get("jobs", job)), nullptr);

    create_played("a", "2 10 * * *");
    settle_at("2026-03-02T10:02:01Z");
    remove("cronjobs", "a", "Background");
    settle();
    EXPECT_EQ(names("jobs"), std::vector<std::string>{job});
}

}  // namespace
}  // namespace dsm::cluster
