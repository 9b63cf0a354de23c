// `dsm events dead` and `dsm events parked` on a running system.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "libs/stream/event_stream.hpp"
#include "libs/testing/await.hpp"
#include "libs/testing/redis_server.hpp"
#include "tests/up/running_system.hpp"

namespace dsm::testing {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr const char* kTask = "TEST-001-TASK005";

/// Of a task that the services do not know until the sample workspace is taken in.
void publish_progress(stream::EventStream& events) {
    const rt::SystemClock clock;
    const auto* const data =
        R"({"event_type":"TASK_PROGRESSED","event_id":"progress-1","sprint_id":"TEST-001-S12",)"
        R"("task_id":"TEST-001-TASK005","new_total_progress":60})";
    ASSERT_TRUE(await(events.append("daily_scrum_events", {data, "TASK_PROGRESSED", "progress-1"},
                                    1000, "", rt::Deadline::after(clock, 5s))));
}

void publish_progress(const RunningSystem& system) {
    const rt::SystemClock clock;
    auto events = stream::open_sql_stream(system.data() + "/streams.db", clock);
    ASSERT_TRUE(events) << events.error().message;
    publish_progress(**events);
}

std::int64_t progress_of_the_task(const RunningSystem& system) {
    const auto tasks = system.wire("sprint").get("/sprints/TEST-001-S12/tasks").json();
    for (const auto& task : tasks.as_array()) {
        if (task.at("task_id") == kTask) return task.at("progress_percentage").to_number<int>();
    }
    return -1;
}

TEST(DeadEvents, AreShownWithTheirReasonAndHandledOnceWhenPublishedAgain) {
    RunningSystem system;
    ASSERT_TRUE(system.start()) << system.log();
    publish_progress(system);
    ASSERT_TRUE(eventually(
        [&] { return system.run({"events", "dead"}).out.starts_with("daily_scrum_events/"); }));
    const auto shown = json::parse(system.run({"events", "dead", "--json"}).out);
    ASSERT_EQ(system.run({"import", "--sample"}).exit_code, 0);
    const std::string id(shown.at("id").as_string());

    const auto first = system.run({"events", "dead", "--retry", id});
    const auto second = system.run({"events", "dead", "--retry", id});

    EXPECT_NE(shown.at("why").as_string().find("sprint_service_group: "), std::string::npos);
    EXPECT_EQ(first.exit_code, 0) << first.err;
    EXPECT_EQ(second.exit_code, 3) << second.err;
    EXPECT_TRUE(eventually([&] { return progress_of_the_task(system) == 60; }));
    EXPECT_EQ(system.run({"events", "dead"}).out, "no dead letters\n");
    EXPECT_EQ(system.run({"events", "dead", "--json"}).out, "");
}

TEST(DeadEvents, OfARedisThatWantsAPasswordAreShownAndPublishedAgain) {
    const rt::SystemClock clock;
    RedisServer redis("the right one");
    const std::string port = std::to_string(redis.port());
    const ProcessEnvironment environment = {
        {"REDIS_HOST", "127.0.0.1"}, {"REDIS_PORT", port}, {"REDIS_PASSWORD", "the right one"}};
    RunningSystem system;
    ASSERT_TRUE(system.start({}, environment)) << system.log();
    publish_progress(*stream::make_redis_stream(redis.settings(), clock));
    ASSERT_TRUE(eventually([&] {
        return system.run({"events", "dead"}, environment).out.starts_with("daily_scrum_events/");
    }));
    ASSERT_EQ(system.run({"import", "--sample"}).exit_code, 0);

    const auto stranger = system.run({"events", "dead"}, {{"REDIS_PASSWORD", "another"}});
    const auto again = system.run({"events", "dead", "--retry", "--all"}, environment);

    EXPECT_NE(stranger.exit_code, 0);
    EXPECT_NE(stranger.err.find("REDIS_PASSWORD"), std::string::npos) << stranger.err;
    EXPECT_EQ(again.exit_code, 0) << again.err;
    EXPECT_TRUE(eventually([&] { return progress_of_the_task(system) == 60; }));
    EXPECT_EQ(system.run({"events", "dead"}, environment).out, "no dead letters\n");
}

TEST(DeadEvents, AreGoneWhenDropped) {
    RunningSystem system;
    ASSERT_TRUE(system.start()) << system.log();
    publish_progress(system);
    ASSERT_TRUE(eventually([&] { return !system.run({"events", "dead", "--json"}).out.empty(); }));

    const auto dropped = system.run({"events", "dead", "--drop", "--all"});

    EXPECT_EQ(dropped.exit_code, 0) << dropped.err;
    EXPECT_EQ(system.run({"events", "dead"}).out, "no dead letters\n");
}

TEST(DeadEvents, WantToKnowWhich) {
    RunningSystem system;
    ASSERT_TRUE(system.start()) << system.log();

    EXPECT_EQ(system.run({"events", "dead", "--retry"}).exit_code, 2);
    EXPECT_EQ(system.run({"events", "dead", "--retry", "s/1-1", "--all"}).exit_code, 2);
    EXPECT_EQ(system.run({"events", "dead", "--retry", "dsm:events/1-1"}).exit_code, 3);
}

TEST(ParkedEvents, AreAskedOfTheServicesThatSendThem) {
    RunningSystem system;
    ASSERT_TRUE(system.start()) << system.log();

    const auto none = system.run({"events", "parked"});
    const auto all = system.run({"events", "parked", "--retry", "--all"});

    EXPECT_EQ(none.exit_code, 0) << none.err;
    EXPECT_EQ(none.out, "no parked messages\n");
    EXPECT_EQ(system.run({"events", "parked", "--json"}).out, "");
    EXPECT_EQ(all.out, "orchestrator: 0 sent again\nsprint: 0 sent again\n");
    EXPECT_EQ(system.run({"events", "parked", "--retry"}).exit_code, 2);
    EXPECT_EQ(system.run({"events", "parked", "--retry", "sprint/7"}).exit_code, 3);
    EXPECT_EQ(system.run({"events", "parked", "--retry", "nobody/7"}).exit_code, 3);
}

}  // namespace
}  // namespace dsm::testing
