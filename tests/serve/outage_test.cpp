// Chronicle and Redis fail while decisions are made: each has one record and one event afterwards.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <set>

#include "tests/serve/separate_services.hpp"

namespace dsm::testing {
namespace {

namespace json = boost::json;
using Texts = std::vector<std::string>;

/// The decisions that a text names, in its order.
Texts decisions_in(const std::string& text) {
    const std::string before = R"("decision_id":")";
    Texts ids;
    for (auto at = text.find(before); at != std::string::npos; at = text.find(before, at + 1)) {
        const auto from = at + before.size();
        ids.push_back(text.substr(from, text.find('"', from) - from));
    }
    return ids;
}

class Outage : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_EQ(
            services_.run({"import", fixture_path("recorded-missing-cronjob.json")}).exit_code, 0);
    }

    void decide(int count) {
        for (int i = 0; i < count; ++i) {
            const auto reply = services_.wire("orchestrator")
                                   .post("/orchestrate/project/TEST-001", json::object());
            ASSERT_EQ(reply.status, 200) << reply.body;
            decided_.emplace_back(reply.headers.find("X-Decision-ID").value_or(""));
        }
    }

    Texts published() {
        return decisions_in(
            run_process({"redis-cli", "-p", std::to_string(services_.redis().port()), "XRANGE",
                         "orchestration_events", "-", "+"})
                .out);
    }
    std::multiset<std::string> recorded() {
        const auto ids =
            decisions_in(services_.wire("chronicle")
                             .get("/v1/notes/decision_audit?project_id=TEST-001&limit=1000")
                             .body);
        return {ids.begin(), ids.end()};
    }

    SeparateServices services_{
        parse_rfc3339(fixture("recorded-missing-cronjob.json").at("clock").as_string()).value()};
    Texts decided_;
};

TEST_F(Outage, OfChronicleLosesNoRecordAndDoublesNone) {
    ASSERT_EQ(services_.stop("chronicle"), 0);
    decide(200);
    services_.start("chronicle");

    const std::multiset<std::string> wanted(decided_.begin(), decided_.end());

    EXPECT_TRUE(eventually([&] { return recorded() == wanted; }));
    EXPECT_TRUE(eventually([&] { return published() == decided_; }));
}

TEST_F(Outage, OfARedisThatForgetsEverythingLosesNoEventAndKeepsTheirOrder) {
    decide(30);
    ASSERT_TRUE(eventually([&] { return published().size() == 30; }));
    services_.redis().kill();
    decide(30);
    services_.redis().start();
    decide(30);
    ASSERT_TRUE(eventually([&] { return published() == decided_; }));
    services_.redis().command("FLUSHALL");
    decide(10);

    EXPECT_TRUE(eventually([&] { return published() == decided_; }));
    EXPECT_EQ(published(), decided_);
}

TEST_F(Outage, OfAPausedRedisPublishesOnce) {
    decide(10);
    services_.redis().pause();
    decide(20);
    services_.redis().resume();
    decide(10);

    EXPECT_TRUE(eventually([&] { return published() == decided_; }));
    EXPECT_EQ(published(), decided_);
}

}  // namespace
}  // namespace dsm::testing
