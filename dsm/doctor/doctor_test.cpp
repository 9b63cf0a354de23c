// Findings from what the services say of themselves, and from the files of a data directory.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <boost/json/parse.hpp>
#include <fstream>

#include "dsm/doctor/finding.hpp"
#include "libs/testing/process.hpp"

namespace dsm::doctor {
namespace {

constexpr const char* kUrl = "http://127.0.0.1:8080";

client::Reply reply(int status, const std::string& body) {
    boost::system::error_code no_json;
    return {.status = status, .body = boost::json::parse(body, no_json), .text = body};
}

std::vector<Finding> read(int status, const std::string& body) {
    return read_readiness("project-orchestrator", kUrl, reply(status, body));
}

std::string orchestrator(const std::string& redis, const std::string& sprint,
                         const std::string& rights) {
    return R"({"service":"project-orchestrator","status":"ready","dependencies":{"redis":")" +
           redis + R"(","kubernetes_api":"ok"},"external_apis":{"sprint_service":")" + sprint +
           R"("},"kubernetes_rights":)" + rights + "}";
}

constexpr const char* kGranted = R"({"state":"granted","missing":[]})";

TEST(ReadReadiness, OfAServiceThatIsWellHoldsNothingIll) {
    const auto findings = read(200, orchestrator("ok", "ok", kGranted));

    EXPECT_TRUE(all_well(findings));
    EXPECT_EQ(told(findings),
              "ok    project-orchestrator: ready at http://127.0.0.1:8080\n"
              "ok    kubernetes rights: all that the orchestrator needs is granted\n");
}

TEST(ReadReadiness, NamesWhatDoesNotAnswerAndWhatToDo) {
    const auto findings = read(200, orchestrator("error", "circuit_open", kGranted));

    ASSERT_EQ(findings.size(), 4U);
    EXPECT_EQ(findings[0].health, Health::kWell);
    EXPECT_EQ(findings[1].what, "the event stream does not answer, or refuses what is published");
    EXPECT_NE(findings[1].advice.find("REDIS_HOST"), std::string::npos);
    EXPECT_EQ(findings[2].what,
              "sprint-service failed again and again, and is not asked for a while");
    EXPECT_FALSE(all_well(findings));
}

TEST(ReadReadiness, ShowsTheRuleThatGrantsAMissingRight) {
    const auto findings = read(
        200, orchestrator("ok", "ok",
                          R"({"state":"missing","missing":["create cronjobs.batch in namespace dsm",
                              "delete cronjobs.batch in namespace dsm"],
                              "rules_to_add":"- {one}\n- {two}"})"));

    ASSERT_EQ(findings.size(), 2U);
    EXPECT_EQ(told({findings[1]}),
              "ILL   kubernetes rights: the orchestrator may not: create cronjobs.batch in "
              "namespace dsm, delete cronjobs.batch in namespace dsm\n"
              "      add to the rules of its Role; it takes notice within seconds:\n"
              "      - {one}\n"
              "      - {two}\n");
}

TEST(ReadReadiness, RightsThatNobodyKnowsAreNotWell) {
    const auto findings =
        read(200, orchestrator("ok", "ok", R"({"state":"unknown","why":"no route"})"));

    EXPECT_EQ(findings.at(1).what, "not known: no route");
    EXPECT_FALSE(all_well(findings));
}

TEST(ReadReadiness, BearsRightsThatAreNoList) {
    for (const char* rights :
         {R"({"state":"missing"})", R"({"state":"missing","missing":7})",
          R"({"state":"missing","missing":[7,null]})", R"({"state":7})", "7"}) {
        EXPECT_FALSE(read(200, orchestrator("ok", "ok", rights)).empty()) << rights;
    }
}

TEST(ReadReadiness, OfAServiceThatIsNotReadySaysWhatIsWrongWithIt) {
    const auto findings =
        read_readiness("backlog-service", kUrl,
                       reply(503, R"({"detail":{"service":"backlog-service","status":"not_ready",)"
                                  R"("database":"error","redis":"ok"}})"));

    ASSERT_EQ(findings.size(), 2U);
    EXPECT_EQ(findings[0].what, "not ready at http://127.0.0.1:8080");
    EXPECT_EQ(findings[1].what, "its database cannot be used");
}

TEST(ReadReadiness, TakesNobodyElsesAnswerForAService) {
    for (const auto& [status, body] : std::initializer_list<std::pair<int, std::string>>{
             {200, "<html>welcome</html>"},
             {200, R"({"status":"ready"})"},
             {404, R"({"detail":"Not Found"})"},
             {503, R"({"detail":"overloaded"})"},
             {503, R"([1])"},
             {500, R"({"service":"x","kubernetes_rights":{"state":"missing"}})"}}) {
        const auto findings = read(status, body);
        ASSERT_EQ(findings.size(), 1U) << body;
        EXPECT_EQ(findings[0].health, Health::kIll) << body;
        EXPECT_NE(findings[0].what.find(std::to_string(status)), std::string::npos) << body;
    }
    const auto silent =
        read_readiness("backlog-service", kUrl, fail(ErrorCode::kUnavailable, "refused"));
    EXPECT_EQ(silent.at(0).what, "http://127.0.0.1:8080 gives no answer of a DSM service: refused");
}

TEST(ReadParked, SaysThatMessagesWaitForAPersonAndNothingElse) {
    EXPECT_EQ(read_parked("sprint-service", reply(200, R"({"parked":[{"id":7}]})")).size(), 1U);
    for (const auto& [status, body] : std::initializer_list<std::pair<int, std::string>>{
             {200, R"({"parked":[]})"}, {200, "[]"}, {404, R"({"parked":[1]})"}, {503, ""}}) {
        EXPECT_TRUE(read_parked("sprint-service", reply(status, body)).empty()) << body;
    }
    EXPECT_TRUE(read_parked("x", fail(ErrorCode::kUnavailable, "refused")).empty());
}

TEST(ReadReadiness, RepeatsWhatAServiceSaysOfItsStoreWhereverItPutsIt) {
    const std::string flat =
        R"({"service":"backlog-service","status":"not_ready","database":"error",)"
        R"("messages":["The database is not available.","/d/backlog.db: the disk is full."]})";
    for (const auto& body : {flat, R"({"detail":)" + flat + "}"}) {
        const auto findings = read_readiness("backlog-service", kUrl, reply(503, body));

        ASSERT_EQ(findings.size(), 2U) << body;
        EXPECT_EQ(findings[0].advice,
                  "The database is not available.\n/d/backlog.db: the disk is full.");
    }
}

TEST(JudgeSpace, IsIllBelowOnePercentThatIsAHundredMegabytesToAGigabyte) {
    constexpr std::uintmax_t kGigabyte = 1'000'000'000;

    EXPECT_EQ(judge_space("/d", 20 * kGigabyte, 100 * kGigabyte),
              (Finding{.subject = "/d", .what = "20000 MB are free"}));
    EXPECT_EQ(judge_space("/d", kGigabyte / 2, 100 * kGigabyte).what,
              "its disk is nearly full: 500 MB are free");
    EXPECT_EQ(judge_space("/d", 99'000'000, kGigabyte).health, Health::kIll);
    EXPECT_EQ(judge_space("/d", 100'000'000, kGigabyte).health, Health::kWell);
    EXPECT_EQ(judge_space("/d", kGigabyte, 10'000 * kGigabyte).health, Health::kWell);
    EXPECT_EQ(judge_space("/d", 4096, kGigabyte).what, "its disk is full: nothing can be written");
}

TEST(CheckSpace, LooksAtADirectoryThatExists) {
    testing::TemporaryFolder folder;

    EXPECT_EQ(check_space(folder.path()).size(), 1U);
    EXPECT_TRUE(check_space(folder.file("absent")).empty());
}

TEST(CheckStores, FindsAStoreThatWasEmptiedBesideOthersThatWereNot) {
    testing::TemporaryFolder folder;
    std::ofstream(folder.file("project.db")) << "";
    std::ofstream(folder.file("sprint.db")) << "";
    EXPECT_TRUE(stores_without_past(folder.path()).empty()) << "all are new";

    std::ofstream(folder.file("backlog.db")) << "something";

    EXPECT_EQ(stores_without_past(folder.path()),
              (std::vector{folder.file("project.db"), folder.file("sprint.db")}));
    const auto findings = check_stores(folder.path());
    ASSERT_EQ(findings.size(), 3U);
    EXPECT_EQ(findings[1].what, "it is empty, and other stores beside it are not");
    EXPECT_EQ(findings[1].health, Health::kIll);
}

TEST(CheckStores, NamesTheFileThatIsDamagedAndOnlyThat) {
    testing::TemporaryFolder folder;
    {
        sqlite3* handle = nullptr;
        ::sqlite3_open(folder.file("project.db").c_str(), &handle);
        ::sqlite3_exec(handle, "CREATE TABLE t (id INTEGER)", nullptr, nullptr, nullptr);
        ::sqlite3_close(handle);
    }
    std::ofstream(folder.file("sprint.db")) << std::string(5000, 'n');
    std::ofstream(folder.file("notes.txt")) << "no store";

    const auto findings = check_stores(folder.path());

    ASSERT_EQ(findings.size(), 2U);
    EXPECT_EQ(findings[0], (Finding{.subject = folder.file("project.db"), .what = "whole"}));
    EXPECT_EQ(findings[1].subject, folder.file("sprint.db"));
    EXPECT_EQ(findings[1].health, Health::kIll);
    EXPECT_TRUE(check_stores(folder.file("absent")).empty());
}

}  // namespace
}  // namespace dsm::doctor
