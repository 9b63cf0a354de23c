// What is parked can be seen and driven again over HTTP.
#include "libs/outbox/parked_routes.hpp"

#include <gtest/gtest.h>
#include <soci/soci.h>

#include <atomic>

#include "libs/outbox/outbox_store.hpp"
#include "libs/outbox/outbox_store_test.hpp"
#include "libs/testing/running_server.hpp"

namespace dsm::outbox {
namespace {

namespace json = boost::json;

class ParkedRoutes : public ::testing::Test {
protected:
    void SetUp() override {
        auto opened = store_.open();
        ASSERT_TRUE(opened) << opened.error().message;
        database_ = std::move(*opened);
        add_parked_routes(
            router_, [this] { return started_ ? database_.get() : nullptr; }, [this] { ++woken_; });
        server_.emplace(
            http::ServerSettings{.service = "test-service"},
            [this](http::Request request) { return router_.route(std::move(request)); });
    }

    void park(const std::string& event_id) {
        auto done = database_->write_now([&](soci::session& session) -> Result<void> {
            enqueue(session, {.destination = "chronicle", .event_id = event_id, .payload = "{}"},
                    Instant{});
            const auto rows = next_rows(session, "chronicle", 1);
            record(session, {.parked = {{rows.front().id, "no such note"}}}, Instant{});
            return {};
        });
        ASSERT_TRUE(done) << done.error().message;
    }
    std::vector<std::string> parked() {
        std::vector<std::string> ids;
        const auto body = server_->wire().get("/outbox/parked").json();
        for (const auto& row : body.at("parked").as_array()) {
            ids.emplace_back(row.at("event_id").as_string());
        }
        return ids;
    }

    OutboxStore store_;
    std::unique_ptr<sql::Database> database_;
    http::Router router_;
    std::atomic<bool> started_ = true;
    std::atomic<int> woken_ = 0;
    std::optional<testing::RunningServer> server_;
};

using Texts = std::vector<std::string>;

TEST_F(ParkedRoutes, ShowWhatIsParkedPageByPage) {
    park("e1");
    park("e2");

    const auto wire = server_->wire();

    EXPECT_EQ(parked(), (Texts{"e1", "e2"}));
    EXPECT_EQ(wire.get("/outbox/parked?limit=1").json().at("parked").as_array().size(), 1U);
    EXPECT_EQ(wire.get("/outbox/parked?after=1").json().at("parked").at(0).at("event_id"), "e2");
    EXPECT_EQ(wire.get("/outbox/parked?after=x").status, 422);
}

TEST_F(ParkedRoutes, SendOneAgainAndLeaveTheOthers) {
    park("e1");
    park("e2");

    const auto answer = server_->wire().post("/outbox/parked/1/retry", json::object{});

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.json().at("waiting"), 1);
    EXPECT_EQ(parked(), Texts{"e2"});
    EXPECT_EQ(woken_, 1);
}

TEST_F(ParkedRoutes, SendAllAgain) {
    park("e1");
    park("e2");

    const auto answer = server_->wire().post("/outbox/parked/retry", json::object{});

    EXPECT_EQ(answer.json().at("waiting"), 2);
    EXPECT_TRUE(parked().empty());
}

TEST_F(ParkedRoutes, KnowNothingOfAMessageThatIsNotParked) {
    const auto wire = server_->wire();

    EXPECT_EQ(wire.post("/outbox/parked/7/retry", json::object{}).status, 404);
    EXPECT_EQ(wire.post("/outbox/parked/x/retry", json::object{}).status, 404);
    EXPECT_EQ(woken_, 0);
}

TEST_F(ParkedRoutes, SayThatTheServiceHasNotStarted) {
    started_ = false;

    EXPECT_EQ(server_->wire().get("/outbox/parked").status, 503);
    EXPECT_EQ(server_->wire().post("/outbox/parked/retry", json::object{}).status, 503);
}

}  // namespace
}  // namespace dsm::outbox
