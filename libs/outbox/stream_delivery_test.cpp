// A row appended twice is one entry; a stream that is ahead of us loses nothing.
#include "libs/outbox/stream_delivery.hpp"

#include <gtest/gtest.h>

#include "libs/testing/await.hpp"

namespace dsm::outbox {
namespace {

using namespace std::chrono_literals;
using testing::await;

const rt::SystemClock kClock;

rt::Deadline soon() {
    return rt::Deadline::after(kClock, 5s);
}

Row row_with(const std::string& entry_id, const std::string& event_id) {
    return {.id = 1,
            .message = {.destination = "stream:s",
                        .event_id = event_id,
                        .event_type = "TYPE",
                        .payload = "{}"},
            .reserved_entry_id = entry_id};
}

std::vector<std::string> event_ids(stream::EventStream& events) {
    std::vector<std::string> ids;
    const auto entries = await(events.range("s", "", 100, soon())).value();
    for (const auto& entry : entries) ids.push_back(entry.event.event_id);
    return ids;
}

using Texts = std::vector<std::string>;

class StreamDelivery : public ::testing::Test {
protected:
    Delivery deliver(const Row& row) {
        return await(append_to_stream(*events_, row, 100, soon())).delivery;
    }

    std::unique_ptr<stream::EventStream> events_ =
        stream::open_sql_stream(":memory:", kClock).value();
};

TEST_F(StreamDelivery, RecognisesItsOwnEntryWhenRepeated) {
    EXPECT_EQ(deliver(row_with("5-0", "e1")), Delivery::kDelivered);
    EXPECT_EQ(deliver(row_with("5-0", "e1")), Delivery::kDelivered);
    EXPECT_EQ(deliver(row_with("5-1", "e2")), Delivery::kDelivered);
    EXPECT_EQ(deliver(row_with("5-1", "e2")), Delivery::kDelivered);
    EXPECT_EQ(deliver(row_with("5-0", "e1")), Delivery::kDelivered);

    EXPECT_EQ(event_ids(*events_), (Texts{"e1", "e2"}));
}

TEST_F(StreamDelivery, AsksForALaterIdWhereSomebodyElseIsAhead) {
    ASSERT_EQ(deliver(row_with("9-0", "other")), Delivery::kDelivered);

    EXPECT_EQ(deliver(row_with("9-0", "e1")), Delivery::kIdTaken);
    EXPECT_EQ(deliver(row_with("8-0", "e2")), Delivery::kIdTaken);

    EXPECT_EQ(event_ids(*events_), Texts{"other"});
}

TEST_F(StreamDelivery, AsksForARetryWhenTheStreamIsDown) {
    events_ = stream::make_redis_stream({.port = 1}, kClock);

    EXPECT_EQ(deliver(row_with("5-0", "e1")), Delivery::kRetry);
}

}  // namespace
}  // namespace dsm::outbox
