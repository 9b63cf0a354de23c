// A dead letter is seen with its reason, handled once when driven again, gone when dropped.
#include "dsm/client/dead_letters.hpp"

#include <gtest/gtest.h>

#include "libs/testing/await.hpp"
#include "libs/testing/redis_server.hpp"

namespace dsm::client {
namespace {

using namespace std::chrono_literals;
using testing::await;

const rt::SystemClock kClock;

class DeadLettersTest : public ::testing::TestWithParam<const char*> {
protected:
    void SetUp() override {
        if (std::string(GetParam()) == "redis") {
            redis_ = std::make_unique<testing::RedisServer>();
            events_ = stream::make_redis_stream(redis_->settings(), kClock);
        } else {
            events_ = stream::open_sql_stream(":memory:", kClock).value();
        }
        letters_.emplace(*events_, std::vector<std::string>{"s", "s:dead"}, kClock);
        park("e1");
        park("e2");
    }

    static rt::Deadline soon() { return rt::Deadline::after(kClock, 60s); }
    void park(const std::string& event_id) {
        ASSERT_TRUE(await(
            events_->append("s:dead", {"{}", "TYPE", event_id, "g: no use"}, 100, "", soon())));
    }
    std::vector<DeadLetter> all() { return await(letters_->find(std::nullopt)).value(); }
    std::vector<stream::Entry> published() {
        return await(events_->range("s", "", 100, soon())).value();
    }

    std::unique_ptr<testing::RedisServer> redis_;
    std::unique_ptr<stream::EventStream> events_;
    std::optional<DeadLetters> letters_;
};

INSTANTIATE_TEST_SUITE_P(Adapters, DeadLettersTest, ::testing::Values("sql", "redis"),
                         [](const auto& info) { return info.param; });

TEST_P(DeadLettersTest, AreShownOldestFirstWithTheirReason) {
    const auto found = all();

    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].entry.event.event_id, "e1");
    EXPECT_EQ(found[0].entry.event.why, "g: no use");
    EXPECT_EQ(found[1].id(), "s/" + found[1].entry.id);
    EXPECT_EQ(await(letters_->find(found[1].id())).value().size(), 1U);
    EXPECT_TRUE(await(letters_->find("s/1-1")).value().empty());
}

TEST_P(DeadLettersTest, AreDeadNoMoreOncePublishedAgain) {
    ASSERT_TRUE(await(letters_->retry(all().front(), 100)));

    ASSERT_EQ(published().size(), 1U);
    EXPECT_EQ(published()[0].event.event_id, "e1");
    EXPECT_EQ(published()[0].event.event_type, "TYPE");
    EXPECT_EQ(published()[0].event.why, "");
    ASSERT_EQ(all().size(), 1U);
    EXPECT_EQ(all()[0].entry.event.event_id, "e2");
}

TEST_P(DeadLettersTest, AreGoneWhenDropped) {
    ASSERT_TRUE(await(letters_->drop(all().front())));

    EXPECT_TRUE(published().empty());
    EXPECT_EQ(all().size(), 1U);
}

}  // namespace
}  // namespace dsm::client
