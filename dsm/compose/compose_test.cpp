// What happens before the first part starts: the lock, the ports, the clock, the files to take in.
#include <gtest/gtest.h>
#include <soci/soci.h>

#include <filesystem>

#include "dsm/client/files.hpp"
#include "dsm/compose/banner.hpp"
#include "dsm/compose/data_dir.hpp"
#include "dsm/compose/intake.hpp"
#include "dsm/compose/make.hpp"
#include "dsm/compose/naming.hpp"
#include "dsm/compose/ports.hpp"
#include "libs/testing/process.hpp"

namespace dsm::compose {
namespace {

using dsm::testing::TemporaryFolder;
using std::chrono::hours;
using std::chrono::microseconds;

TEST(DataDir, IsTakenByOneAtATime) {
    TemporaryFolder folder;
    const auto path = folder.file("deep/data");
    {
        auto first = DataDir::open(path);
        ASSERT_TRUE(first.has_value()) << first.error().message;

        auto second = DataDir::open(path);

        ASSERT_FALSE(second.has_value());
        EXPECT_EQ(second.error().code, ErrorCode::kConflict);
        EXPECT_NE(second.error().message.find("--data"), std::string::npos);
    }
    EXPECT_TRUE(DataDir::open(path).has_value());
}

TEST(DataDir, SaysWhyItCannotBeMade) {
    TemporaryFolder folder;
    ASSERT_TRUE(client::write_whole(folder.file("file"), "x"));

    auto data = DataDir::open(folder.file("file/data"));

    ASSERT_FALSE(data.has_value());
    EXPECT_NE(data.error().message.find(folder.file("file/data")), std::string::npos);
}

TEST(DataDir, RemembersAcrossProcessesAndRefusesADamagedMemory) {
    TemporaryFolder folder;
    auto data = DataDir::open(folder.path());
    ASSERT_TRUE(data.has_value());
    EXPECT_EQ(*data->load(), State{});
    const State state{.clock_offset = microseconds(-42), .taken_in = {"sample", "abc"}};

    ASSERT_TRUE(data->save(state).has_value());

    EXPECT_EQ(*data->load(), state);
    ASSERT_TRUE(client::write_whole(data->file("state.json"), "{"));
    EXPECT_EQ(data->load().error().code, ErrorCode::kInvalid);
}

TEST(Stores, OfDecisionsAndSprintsSyncEachCommit) {
    TemporaryFolder folder;
    constexpr int kNormal = 1;
    constexpr int kFull = 2;
    const std::pair<const char*, int> stores[] = {{"orchestrator", kFull},
                                                  {"sprint", kFull},
                                                  {"project", kNormal},
                                                  {"backlog", kNormal},
                                                  {"chronicle", kNormal}};
    for (const auto& [store, expected] : stores) {
        auto place = database_of({}, folder.path(), store);
        place.service = "test-service";
        auto database = sql::Database::open(place, {{1, "none", "CREATE TABLE t (a)", nullptr}});
        ASSERT_TRUE(database) << database.error().message;

        int synchronous = -1;
        const auto asked = (*database)->write_now([&](soci::session& sql) -> Result<void> {
            sql << "PRAGMA synchronous", soci::into(synchronous);
            return {};
        });

        EXPECT_TRUE(asked);
        EXPECT_EQ(synchronous, expected) << store;
    }
}

TEST(Ports, NameEveryOneThatIsInUseAndSayWhatToDo) {
    auto taken = Ports::take("127.0.0.1", 0, {"a"});
    ASSERT_TRUE(taken.has_value());
    const int port = (*taken)[0];
    dsm::testing::TemporaryFolder folder;
    dsm::testing::BackgroundProcess listener(
        {"python3", "-c",
         fmt::format("import socket,time\ns=socket.create_server(('127.0.0.1',{}))\n"
                     "print('listening',flush=True)\ntime.sleep(60)",
                     port)},
        {}, folder.path());
    taken->release();
    ASSERT_TRUE(dsm::testing::eventually([&] { return !listener.out().empty(); }))
        << listener.err();

    auto again = Ports::take("127.0.0.1", port - 1, {"one", "two"});

    ASSERT_FALSE(again.has_value());
    EXPECT_NE(again.error().message.find(fmt::format("127.0.0.1:{} (two)", port)),
              std::string::npos)
        << again.error().message;
    EXPECT_NE(again.error().message.find("--port-base"), std::string::npos);
}

TEST(Ports, AreAllDifferentWhenTheyAreFreeOnes) {
    auto first = Ports::take("127.0.0.1", 0, {"a", "b", "c"});
    auto second = Ports::take("127.0.0.1", 0, {"a", "b", "c"});
    ASSERT_TRUE(first.has_value() && second.has_value());

    std::set<std::uint16_t> ports;
    for (std::size_t i = 0; i < 3; ++i) {
        ports.insert((*first)[i]);
        ports.insert((*second)[i]);
    }
    EXPECT_EQ(ports.size(), 6U);
}

Intake intake_of(std::string digest, std::optional<Instant> clock) {
    Intake intake{.name = digest, .digest = digest, .workspace = {}};
    intake.workspace.clock = clock;
    return intake;
}

TEST(Clock, FollowsTheFlagThenTheFileThenTheMemory) {
    const Instant machine = *parse_rfc3339("2030-01-01T00:00:00Z");
    const State remembered{.clock_offset = microseconds(hours(-5)), .taken_in = {}};
    const std::vector<Intake> files = {intake_of("a", machine - hours(1)),
                                       intake_of("b", machine - hours(2)),
                                       intake_of("c", std::nullopt)};

    EXPECT_EQ(clock_offset(machine - hours(9), files, remembered, machine), hours(-9));
    EXPECT_EQ(clock_offset(std::nullopt, files, remembered, machine), hours(-2));
    EXPECT_EQ(clock_offset(std::nullopt, {}, remembered, machine), hours(-5));
    EXPECT_EQ(clock_offset(std::nullopt, {}, State{}, machine), hours(0));
}

TEST(Intake, LeavesOutWhatWasTakenInAlready) {
    const State state{.clock_offset = {}, .taken_in = {"a"}};

    const auto left = not_taken_in({intake_of("a", {}), intake_of("b", {})}, state);

    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left.front().digest, "b");
}

TEST(Intake, SaysWhatIsWrongInEveryFile) {
    TemporaryFolder folder;
    ASSERT_TRUE(client::write_whole(folder.file("cut.json"), "{\"workspace\": {"));
    ASSERT_TRUE(client::write_whole(folder.file("bad.json"),
                                    R"({"workspace": {"projects": [{"id": "P"}]}})"));

    const auto intakes =
        read_intakes({folder.file("cut.json"), folder.file("bad.json"), folder.file("none.json")});

    ASSERT_FALSE(intakes.has_value());
    EXPECT_EQ(intakes.error().code, ErrorCode::kInvalid);
    for (const char* part : {"cut.json: the file ends too early",
                             "bad.json: workspace.projects[0].name: is missing", "none.json"}) {
        EXPECT_NE(intakes.error().message.find(part), std::string::npos) << intakes.error().message;
    }
}

TEST(Addresses, AreTheInClusterNamesUnlessASettingSaysOtherwise) {
    settings::Settings settings;
    settings.k8s_namespace = "team-a";
    settings.chronicle_url = "http://elsewhere:1";

    const auto addresses = in_cluster_addresses(settings);

    EXPECT_EQ(addresses.project, "http://project-service.team-a.svc.cluster.local");
    EXPECT_EQ(addresses.chronicle, "http://elsewhere:1");
}

TEST(Server, AnswersUnderItsOwnNamesAndThoseThatAreAllowed) {
    settings::Settings settings;
    settings.k8s_namespace = "dsm";
    settings.allowed_hosts = {"dsm.example"};

    const auto server = server_settings(settings, "sprint-service", "0.0.0.0", 80);

    EXPECT_EQ(server.allowed_hosts,
              (std::vector<std::string>{"dsm.example", "sprint-service", "sprint-service.dsm",
                                        "sprint-service.dsm.svc",
                                        "sprint-service.dsm.svc.cluster.local"}));
}

Banner banner_of(std::optional<Example> example) {
    Banner banner;
    banner.program = "build/dsm";
    banner.data = "/data";
    banner.name_space = "dsm";
    banner.endpoints.orchestrator = "http://127.0.0.1:8080";
    banner.streams = {.redis_host = "redis.example", .redis_port = 6379, .streams = {}};
    banner.example = std::move(example);
    return banner;
}

TEST(Banner, OffersLinesThatWorkAsTheyStand) {
    const auto text = text_of(banner_of(Example{"TEST-001", "run-dailyscrum-test-001"}));

    for (const char* line : {"curl -X POST -H 'Content-Type: application/json' -d '{}' "
                             "http://127.0.0.1:8080/orchestrate/project/TEST-001\n",
                             "kubectl delete cronjob run-dailyscrum-test-001 -n dsm\n",
                             "build/dsm events --data /data\n"}) {
        EXPECT_NE(text.find(line), std::string::npos) << text;
    }
}

TEST(Banner, OffersNothingOnAProjectThatIsNotThere) {
    const auto without_cronjob = text_of(banner_of(Example{"P", std::nullopt}));
    const auto without_project = text_of(banner_of(std::nullopt));

    EXPECT_NE(without_cronjob.find("/orchestrate/project/P\n"), std::string::npos);
    EXPECT_EQ(without_cronjob.find("delete cronjob"), std::string::npos);
    EXPECT_EQ(without_project.find("curl"), std::string::npos);
}

TEST(Banner, SaysThatTheStreamsDoNotAnswerYet) {
    auto banner = banner_of(std::nullopt);
    EXPECT_EQ(text_of(banner).find("not answering"), std::string::npos);

    banner.streams_answer = false;

    EXPECT_NE(text_of(banner).find("Redis at redis.example:6379: not answering yet; decisions are "
                                   "kept and delivered when it does\n"),
              std::string::npos);
}

}  // namespace
}  // namespace dsm::compose
