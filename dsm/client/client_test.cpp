// The files by which clients find a running system, exit codes, and streams read as one.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>

#include "dsm/client/endpoints.hpp"
#include "dsm/client/event_log.hpp"
#include "dsm/client/exit_code.hpp"
#include "dsm/client/files.hpp"
#include "dsm/client/importer.hpp"
#include "libs/testing/process.hpp"

namespace dsm::client {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using dsm::testing::TemporaryFolder;

Endpoints endpoints_of(std::int64_t pid) {
    return {.orchestrator = "http://127.0.0.1:1",
            .project = "http://127.0.0.1:2",
            .backlog = "http://127.0.0.1:3",
            .sprint = "http://127.0.0.1:4",
            .chronicle = "http://127.0.0.1:5",
            .kubernetes = "https://127.0.0.1:6",
            .kubeconfig = "/tmp/kubeconfig",
            .pid = pid};
}

TEST(Endpoints, SayWhatToDoWhenNothingRuns) {
    TemporaryFolder folder;

    const auto found = find_running(folder.path());

    ASSERT_FALSE(found.has_value());
    EXPECT_EQ(found.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(found.error().message, "no running DSM found in " + folder.path() +
                                         ": start one with `dsm up`, or name one with --data");
}

TEST(Endpoints, DoNotTrustAFileThatAKilledProcessLeft) {
    TemporaryFolder folder;
    const auto gone = dsm::testing::run_process({"sh", "-c", "echo $$"});
    const auto pid = std::stoll(gone.out);
    ASSERT_TRUE(write_whole(endpoints_path(folder.path()), to_text(endpoints_of(pid))));

    const auto found = find_running(folder.path());

    ASSERT_FALSE(found.has_value());
    EXPECT_EQ(found.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(found.error().message,
              fmt::format("DSM is not running in {} any more (its process {} ended without "
                          "cleaning up): start it with `dsm up`",
                          folder.path(), pid));
}

TEST(Endpoints, DoNotTakeAKilledProcessForARunningOneWhileNobodyTakesNotice) {
    TemporaryFolder folder;
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    ASSERT_GT(child, 0);
    siginfo_t info{};
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
    ASSERT_TRUE(write_whole(endpoints_path(folder.path()), to_text(endpoints_of(child))));

    const auto found = find_running(folder.path());

    EXPECT_EQ(::waitpid(child, nullptr, 0), child);
    ASSERT_FALSE(found.has_value());
    EXPECT_EQ(found.error().code, ErrorCode::kUnavailable);
}

TEST(Endpoints, RefuseADamagedFile) {
    TemporaryFolder folder;
    ASSERT_TRUE(write_whole(endpoints_path(folder.path()), "{\"orchestrator\""));

    const auto found = find_running(folder.path());

    EXPECT_EQ(found.error().code, ErrorCode::kInvalid);
    EXPECT_NE(found.error().message.find("endpoints.json"), std::string::npos);
}

TEST(Endpoints, ComeBackAsTheyWereWritten) {
    TemporaryFolder folder;
    const auto endpoints = endpoints_of(::getpid());
    ASSERT_TRUE(write_whole(endpoints_path(folder.path()), to_text(endpoints)));

    const auto found = find_running(folder.path());

    ASSERT_TRUE(found.has_value()) << found.error().message;
    EXPECT_EQ(*found, endpoints);
}

TEST(Endpoints, HaveExactlyTheKeysThatClientsKnow) {
    const auto object = json::parse(to_text(endpoints_of(7))).as_object();

    std::set<std::string> keys;
    for (const auto& [key, value] : object) keys.emplace(key);
    EXPECT_EQ(keys, (std::set<std::string>{"orchestrator", "project", "backlog", "sprint",
                                           "chronicle", "kubernetes", "kubeconfig", "pid"}));
}

TEST(StreamPlace, ComesBackAsItWasWritten) {
    TemporaryFolder folder;
    const StreamPlace table[] = {
        {.sqlite_file = "/data/streams.db", .streams = {"a", "dsm:events"}},
        {.redis_host = "redis.example", .redis_port = 6380, .redis_db = 3, .streams = {"a"}},
    };
    for (const auto& place : table) {
        ASSERT_TRUE(write_whole(streams_path(folder.path()), to_text(place)));

        const auto found = read_stream_place(folder.path());

        ASSERT_TRUE(found.has_value());
        EXPECT_EQ(*found, place);
    }
}

TEST(Files, AreReplacedWholeAndReadableByTheirOwnerOnly) {
    TemporaryFolder folder;
    const auto path = folder.file("a.json");
    ASSERT_TRUE(write_whole(path, "first"));

    ASSERT_TRUE(write_whole(path, "second"));

    EXPECT_EQ(*read_whole(path), "second");
    struct stat info{};
    ASSERT_EQ(::stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U);
    EXPECT_EQ(read_whole(path, 3).error().code, ErrorCode::kInvalid);
    EXPECT_EQ(read_whole(folder.file("b")).error().code, ErrorCode::kNotFound);
    EXPECT_TRUE(remove_file(folder.file("b")).has_value());
}

TEST(Import, TellsNewRowsFromThoseThatWereKept) {
    const auto service = count_of(json::parse(R"({"imported":12,"kept":36})"));
    const auto orchestrator = count_of(json::parse(R"({"created":["a"],"existing":["b","c"]})"));

    EXPECT_EQ(service, (ImportCount{.added = 12, .kept = 36}));
    EXPECT_EQ(orchestrator, (ImportCount{.added = 1, .kept = 2}));
    EXPECT_EQ(to_text(service), "12 new, 36 kept as they were");
    EXPECT_EQ(to_text(ImportCount{.added = 3}), "3 new");
    EXPECT_EQ(count_of(json::value()), ImportCount{});
}

struct StatusCode {
    int status;
    ExitCode code;
};

TEST(ExitCode, FollowsTheStatus) {
    const StatusCode table[] = {
        {200, ExitCode::kDone},        {201, ExitCode::kDone},    {403, ExitCode::kRefused},
        {404, ExitCode::kNotFound},    {409, ExitCode::kRefused}, {422, ExitCode::kRefused},
        {502, ExitCode::kUnavailable}, {500, ExitCode::kFailed},  {503, ExitCode::kUnavailable},
    };
    for (const auto& row : table) EXPECT_EQ(exit_code_of(row.status), row.code) << row.status;
    EXPECT_EQ(exit_code_of(Error{ErrorCode::kUnavailable, ""}), ExitCode::kUnavailable);
    EXPECT_EQ(exit_code_of(Error{ErrorCode::kUnknown, ""}), ExitCode::kUnavailable);
}

TEST(ExitCode, OfSeveralThingsIsTheirCommonOne) {
    EXPECT_EQ(both(ExitCode::kDone, ExitCode::kNotFound), ExitCode::kNotFound);
    EXPECT_EQ(both(ExitCode::kNotFound, ExitCode::kNotFound), ExitCode::kNotFound);
    EXPECT_EQ(both(ExitCode::kNotFound, ExitCode::kUnavailable), ExitCode::kFailed);
    EXPECT_EQ(both(ExitCode::kDone, ExitCode::kDone), ExitCode::kDone);
}

asio::awaitable<std::vector<std::string>> read_lines(EventLog& log) {
    std::vector<std::string> lines;
    while (true) {
        auto event = co_await log.next();
        if (!event || !*event) co_return lines;
        lines.push_back(to_line(**event));
    }
}

asio::awaitable<std::string> append(stream::EventStream& events, std::string name, std::string id,
                                    std::string data, rt::Deadline deadline) {
    stream::Event event{.data = std::move(data), .event_type = "T", .event_id = id};
    auto appended =
        co_await events.append(std::move(name), std::move(event), 1000, std::move(id), deadline);
    co_return appended ? *appended : appended.error().message;
}

TEST(EventLog, MergesStreamsByIdAndGoesOnWhereItStopped) {
    TemporaryFolder folder;
    rt::SystemClock clock;
    auto events = stream::open_sql_stream(folder.file("streams.db"), clock);
    ASSERT_TRUE(events.has_value());
    asio::io_context context;
    const auto deadline = rt::Deadline::after(clock, std::chrono::seconds(60));
    const auto run = [&](auto awaitable) {
        auto result = asio::co_spawn(context, std::move(awaitable), asio::use_future);
        context.restart();
        context.run();
        return result.get();
    };
    EventLog log(**events, {"a", "b", "none"}, clock);
    ASSERT_EQ(run(append(**events, "a", "1000-2", R"({"n":1})", deadline)), "1000-2");
    ASSERT_EQ(run(append(**events, "b", "1000-10", "not JSON", deadline)), "1000-10");
    ASSERT_EQ(run(append(**events, "a", "2000-0", R"({"n":3})", deadline)), "2000-0");

    EXPECT_EQ(run(read_lines(log)),
              (std::vector<std::string>{R"({"stream":"a","id":"1000-2","data":{"n":1}})",
                                        R"({"stream":"b","id":"1000-10","data":"not JSON"})",
                                        R"({"stream":"a","id":"2000-0","data":{"n":3}})"}));
    ASSERT_EQ(run(append(**events, "b", "3000-0", "{}", deadline)), "3000-0");
    EXPECT_EQ(run(read_lines(log)),
              std::vector<std::string>{R"({"stream":"b","id":"3000-0","data":{}})"});
}

}  // namespace
}  // namespace dsm::client
