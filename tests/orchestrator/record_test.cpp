// What a decision leaves behind: contract section 2.4.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/orchestrator/orchestra.hpp"

namespace dsm::orchestrator::testing {
namespace {

namespace json = boost::json;
using dsm::testing::eventually;

bool all_delivered(const Orchestra& orchestra, std::size_t count) {
    return eventually([&] {
        return orchestra.chronicle.notes().size() == count &&
               orchestra.chronicle.audits().size() == count && orchestra.events().size() == count;
    });
}

TEST(Record, OneNoteOneAuditAndOneEventTellTheSameDecision) {
    Orchestra orchestra(workspace_in_sprint());
    const auto reply = orchestra.post();
    ASSERT_TRUE(all_delivered(orchestra, 1));

    const json::value note = orchestra.chronicle.notes().at(0);
    const json::value audit = orchestra.chronicle.audits().at(0);
    EXPECT_EQ(orchestra.events().at(0), note);
    EXPECT_EQ(note.at("event_type"), "ORCHESTRATION_DECISION");
    EXPECT_EQ(note.at("sprint_id"), "P1-S02");
    EXPECT_EQ(note.at("report_date"), "2025-08-31");
    EXPECT_EQ(note.at("reasoning"), reply.json().at("decisions").at("reasoning"));
    EXPECT_EQ(note.at("orchestration_decision_details").at("path"), "heal");
    EXPECT_EQ(audit.at("audit_id"), json::string(*reply.headers.find("X-Decision-ID")));
    EXPECT_EQ(audit.at("event_id"), note.at("event_id"));
    EXPECT_EQ(note.at("correlation_id"), json::string(*reply.headers.find("X-Correlation-ID")));
}

TEST(Record, OfEveryPathIsOne) {
    Orchestra orchestra(small_workspace(4));
    orchestra.post({{"options", {{"create_sprint_if_needed", false}}}});
    orchestra.post();
    orchestra.post();
    ASSERT_TRUE(all_delivered(orchestra, 3));

    std::vector<std::string> told;
    for (const json::value& event : orchestra.events()) {
        const json::value& details = event.at("orchestration_decision_details");
        told.push_back(fmt::format("{} {} {}",
                                   std::string_view(details.at("decision_type").as_string()),
                                   std::string_view(details.at("path").as_string()),
                                   json::serialize(event.at("sprint_id"))));
    }
    EXPECT_EQ(told, (std::vector<std::string>{"NO_SPRINT_CREATED maintenance null",
                                              "CREATE_NEW_SPRINT create \"P1-S01\"",
                                              "NO_SPRINT_CREATED monitor \"P1-S01\""}));
}

TEST(Record, IsOnlyMadeOfWhatWasAnsweredWith200) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.world.backlog.add({.path_contains = "/backlogs", .times = 1, .status = 500});
    orchestra.post();
    orchestra.post(json::object(), "/orchestrate/project/P1?dry_run=true");
    orchestra.post();
    ASSERT_TRUE(all_delivered(orchestra, 1));

    EXPECT_EQ(orchestra.events().at(0).at("orchestration_decision_details").at("path"), "heal");
}

TEST(Mistake2, ChronicleAndStreamDownChangeNoAnswerAndLoseNoRecord) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.chronicle.server.add({.method = "POST", .status = 503});
    orchestra.stream->down = true;
    const auto healed = orchestra.post();
    const auto found = orchestra.post();
    orchestra.restart();

    EXPECT_EQ(healed.status, 200);
    EXPECT_EQ(healed.json().at("cronjob_name"), kCronJob);
    EXPECT_TRUE(healed.json().at("decisions").at("warnings").as_array().empty());
    EXPECT_EQ(found.status, 200);
    EXPECT_TRUE(orchestra.chronicle.notes().empty());
    orchestra.chronicle.server.clear_faults();
    orchestra.stream->down = false;
    ASSERT_TRUE(all_delivered(orchestra, 2));
    EXPECT_EQ(orchestra.events().at(0).at("orchestration_decision_details").at("path"), "heal");
}

TEST(Record, IsTakenInOrderByAChronicleThatRefusesEverythingForAMoment) {
    for (const int status : {409, 422}) {
        SCOPED_TRACE(status);
        Orchestra orchestra(workspace_in_sprint());
        orchestra.chronicle.server.add({.method = "POST", .times = 1, .status = status});
        orchestra.post();
        orchestra.post();

        ASSERT_TRUE(all_delivered(orchestra, 2));
        EXPECT_EQ(orchestra.chronicle.notes().at(0), orchestra.events().at(0));
        EXPECT_EQ(orchestra.chronicle.notes().at(1), orchestra.events().at(1));
        EXPECT_TRUE(orchestra.wire().get("/outbox/parked").json().at("parked").as_array().empty());
    }
}

TEST(Record, OutlivesAChronicleThatIsSetUpWronglyForAWhile) {
    for (const int status : {401, 403, 404, 405}) {
        SCOPED_TRACE(status);
        Orchestra orchestra(workspace_in_sprint());
        orchestra.chronicle.server.add({.method = "POST", .times = 2, .status = status});
        orchestra.post();

        EXPECT_TRUE(all_delivered(orchestra, 1));
    }
}

TEST(Record, IsNotTakenForDeliveredByWhoeverAnswers200) {
    for (const char* body : {"", "{}", "<html>hi</html>", R"({"note_id":7})"}) {
        SCOPED_TRACE(body);
        Orchestra orchestra(workspace_in_sprint());
        orchestra.chronicle.server.add({.method = "POST", .times = 2, .status = 200, .body = body});
        orchestra.post();

        EXPECT_TRUE(all_delivered(orchestra, 1));
    }
}

TEST(Record, AnAnswerOfChronicleThatWasLostMakesNoSecondNote) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.chronicle.server.add(
        {.method = "POST", .path_contains = "daily_scrum_report", .times = 1, .drop_reply = true});
    orchestra.post();
    ASSERT_TRUE(all_delivered(orchestra, 1));

    EXPECT_TRUE(eventually([&] {
        return orchestra.chronicle.server.count("POST /v1/notes/daily_scrum_report") >= 2;
    }));
    EXPECT_EQ(orchestra.chronicle.notes().size(), 1U);
}

TEST(Decisions, AreListedNewestFirst) {
    Orchestra orchestra(workspace_in_sprint());
    orchestra.post();
    orchestra.post();

    const json::value all = orchestra.wire().get("/decisions?project_id=P1").json();
    ASSERT_EQ(all.as_array().size(), 2U);
    EXPECT_EQ(all.at(0).at("path"), "monitor");
    EXPECT_EQ(all.at(1).at("path"), "heal");
    EXPECT_EQ(orchestra.wire().get("/decisions?limit=1").json().as_array().size(), 1U);
    EXPECT_TRUE(orchestra.wire().get("/decisions?project_id=P2").json().as_array().empty());
    EXPECT_EQ(orchestra.wire().get("/decisions?limit=0").status, 422);
}

}  // namespace
}  // namespace dsm::orchestrator::testing
