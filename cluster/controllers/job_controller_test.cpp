// Jobs of our own image run as processes (here: the shell), others fail with a reason.
#include <filesystem>

#include "cluster/controllers/fixture.hpp"
#include "libs/testing/process.hpp"

namespace dsm::cluster {
namespace {

class Jobs : public ControllerTest {
protected:
    void settle_until_finished(const std::string& name) {
        EXPECT_TRUE(dsm::testing::eventually([&] {
            settle();
            return is_finished(get("jobs", name));
        })) << name;
    }
    static json::array shell(std::string_view script) { return {"dsm", "-c", script}; }
};

TEST_F(Jobs, FailAtOnceWhenTheirImageIsNotOurs) {
    create_job("j", "busybox:1.36", {});

    settle();
    const json::value job = get("jobs", "j");
    EXPECT_TRUE(has_condition(job, "FailureTarget"));
    EXPECT_TRUE(has_condition(job, "Failed"));
    ASSERT_EQ(events().size(), 1);
    EXPECT_TRUE(events()[0].starts_with(
        "UnsupportedImage: the embedded cluster runs only the image \"dsm\", not "
        "\"busybox:1.36\""));
}

TEST_F(Jobs, CompleteWithTheConditionsOfARealCluster) {
    create_job("j", "registry.example/team/dsm:1.2", shell("exit 0"));

    settle_until_finished("j");
    const json::value job = get("jobs", "j");
    const json::array& conditions = array_at(job, {"status", "conditions"});
    ASSERT_EQ(conditions.size(), 2);
    EXPECT_EQ(text_at(conditions[0], {"type"}), "SuccessCriteriaMet");
    EXPECT_EQ(text_at(conditions[1], {"type"}), "Complete");
    EXPECT_EQ(number_at(job, {"status", "succeeded"}), 1);
    EXPECT_EQ(text_at(job, {"status", "completionTime"}), "2026-03-02T10:00:30Z");
    EXPECT_EQ(find_at(job, {"status", "active"}), nullptr);
    EXPECT_TRUE(has_event("Completed: Job completed"));
}

TEST_F(Jobs, TakeTheOutputOfTheirPodsAway) {
    const auto files = [this] {
        return std::ranges::distance(std::filesystem::directory_iterator(outputs_.path()));
    };
    create_job("j", "dsm", shell("echo said; exit 0"));
    create_job("other", "dsm", shell("echo said; exit 0"));
    settle_until_finished("j");
    settle_until_finished("other");
    ASSERT_EQ(files(), 2);

    remove("jobs", "j", "Background");
    settle();

    EXPECT_EQ(files(), 1);
}

TEST_F(Jobs, TryAgainUntilTheBackoffLimit) {
    create_job("j", "dsm", shell("exit 3"), {{"backoffLimit", 2}});

    settle_until_finished("j");
    EXPECT_TRUE(has_condition(get("jobs", "j"), "Failed"));
    EXPECT_EQ(number_at(get("jobs", "j"), {"status", "failed"}), 3);
    EXPECT_TRUE(has_event("BackoffLimitExceeded: Job has reached the specified backoff limit"));
}

TEST_F(Jobs, EndAtTheirDeadline) {
    create_job("j", "dsm", shell("sleep 60"), {{"activeDeadlineSeconds", 5}});
    settle();
    ASSERT_EQ(number_at(get("jobs", "j"), {"status", "active"}), 1);

    settle_at("2026-03-02T10:00:35Z");
    EXPECT_TRUE(has_condition(get("jobs", "j"), "Failed"));
    EXPECT_TRUE(has_event("DeadlineExceeded: Job was active longer than specified deadline"));
}

TEST_F(Jobs, WaitWhileSuspended) {
    create_job("j", "dsm", shell("exit 0"), {{"suspend", true}});
    settle();
    EXPECT_TRUE(has_condition(get("jobs", "j"), "Suspended"));
    EXPECT_EQ(text_at(get("jobs", "j"), {"status", "startTime"}), "");
    EXPECT_TRUE(has_event("Suspended: Job suspended"));

    patch("jobs", "j", R"({"spec":{"suspend":false}})");
    settle_until_finished("j");
    EXPECT_TRUE(has_event("Resumed: Job resumed"));
    EXPECT_TRUE(has_condition(get("jobs", "j"), "Complete"));
}

TEST_F(Jobs, CountTheProcessesOfAnEarlierLifeAsFailedAndGoOn) {
    create_job("j", "dsm", shell("sleep 60"));
    settle();
    loop_.stop();
    ControlLoop next_life(registry_, clock_, *random_, settings_);

    next_life.settle();
    EXPECT_EQ(number_at(get("jobs", "j"), {"status", "failed"}), 1);
    EXPECT_EQ(number_at(get("jobs", "j"), {"status", "active"}), 1);
    EXPECT_TRUE(has_event("PodLost: the process ended with the embedded cluster that ran it"));
    next_life.stop();
}

TEST_F(Jobs, GoAfterTheirTimeToLive) {
    create_job("j", "busybox", {}, {{"ttlSecondsAfterFinished", 60}});
    settle();
    settle_at("2026-03-02T10:01:29Z");
    ASSERT_TRUE(exists("jobs", "j"));

    settle_at("2026-03-02T10:01:30Z");
    EXPECT_FALSE(exists("jobs", "j"));
}

TEST(Pods, GetTheirEnvironmentFromTheContainerAndThenFromTheMachine) {
    const json::value job = json::parse(R"json({
        "metadata": {"name": "j", "namespace": "dsm"},
        "spec": {"template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{
            "image": "dsm", "command": ["/usr/bin/dsm", "daily-scrum"],
            "args": ["--p=$(P)", "$$(P)"],
            "env": [{"name": "P", "value": "x"}, {"name": "Q", "value": "$(P)y"},
                    {"name": "URL", "value": "http://inside"},
                    {"name": "NS", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
                    {"name": "L", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['a']"}}}
            ]}]}}}})json");

    const auto command = command_of(
        job, "j-1",
        {.name = "dsm", .executable = "/x/dsm", .environment = {{"URL", "http://here"}}});
    ASSERT_TRUE(command);
    EXPECT_EQ(command->executable, "/x/dsm");
    EXPECT_EQ(command->arguments, (std::vector<std::string>{"daily-scrum", "--p=x", "$(P)"}));
    EXPECT_EQ(command->environment.at("Q"), "xy");
    EXPECT_EQ(command->environment.at("URL"), "http://here");
    EXPECT_EQ(command->environment.at("NS"), "dsm");
    EXPECT_EQ(command->environment.at("L"), "b");
    EXPECT_EQ(command->environment.at("HOSTNAME"), "j-1");
}

TEST(Pods, AreOursByTheNameOfTheirImage) {
    EXPECT_TRUE(is_own_image("dsm", "dsm"));
    EXPECT_TRUE(is_own_image("dsm:1.0", "dsm:2.0"));
    EXPECT_TRUE(is_own_image("localhost:5000/team/dsm@sha256:abc", "dsm"));
    EXPECT_FALSE(is_own_image("dsm-tools", "dsm"));
    EXPECT_FALSE(is_own_image("other/dsm", "team/dsm"));
}

}  // namespace
}  // namespace dsm::cluster
