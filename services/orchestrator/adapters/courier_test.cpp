// What Chronicle's answers mean for a delivery.
#include "services/orchestrator/adapters/courier.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "libs/http/errors.hpp"
#include "libs/testing/await.hpp"
#include "libs/testing/fake_server.hpp"
#include "libs/testing/process.hpp"

namespace dsm::orchestrator {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using outbox::Delivered;
using outbox::Delivery;

class CourierTest : public ::testing::Test {
protected:
    Delivered deliver(std::string destination = "chronicle:/v1/notes/daily_scrum_report") {
        return testing::await(delivered(std::move(destination))).value();
    }

    /// Chronicle's answer to a note.
    void answers(int status, std::string retry_after = "") {
        status_ = status;
        retry_after_ = std::move(retry_after);
    }

    rt::SystemClock clock_;
    Dependency chronicle_{"Chronicle Service", clock_, {.failures_to_open = 3, .open_for = 600s}};
    std::atomic<int> asked_ = 0;

private:
    asio::awaitable<std::optional<Delivered>> delivered(std::string destination) {
        const auto executor = co_await asio::this_coro::executor;
        http::Client client(executor, {}, clock_);
        Dependency redis("Redis", clock_);
        const auto random = rt::make_seeded_random(1);
        Courier courier({client, server_.url(), chronicle_, policy_, clock_, *random}, *events_,
                        redis, {}, clock_);
        outbox::Row row;
        row.message.destination = std::move(destination);
        row.message.payload = "{}";
        auto outcome = co_await courier.deliver(std::move(row));
        client.close();
        co_return outcome;
    }

    http::Response answer() {
        ++asked_;
        if (status_ == 201) return http::Response::json(201, {{"note_id", "n1"}});
        auto response = http::error(status_, "as told");
        if (!retry_after_.empty()) response.headers.set("Retry-After", retry_after_);
        return response;
    }

    int status_ = 201;
    std::string retry_after_;
    testing::TemporaryFolder folder_;
    std::unique_ptr<stream::EventStream> events_ =
        *stream::open_sql_stream(folder_.file("streams.db"), clock_);
    testing::FakeServer server_{[this](const http::Request&) { return answer(); }};
    rt::CallPolicy policy_;
};

TEST_F(CourierTest, DeliversWhatChronicleKeeps) {
    EXPECT_EQ(deliver().what, Delivery::kDelivered);
    EXPECT_EQ(chronicle_.standing(), Standing::kOk);
}

TEST_F(CourierTest, SaysWhyItCannotDeliverToADestinationThatItDoesNotKnow) {
    const auto delivered = deliver("pigeon:north");

    EXPECT_EQ(delivered.what, Delivery::kPoison);
    EXPECT_EQ(delivered.why, "this version knows no destination \"pigeon:north\"");
}

TEST_F(CourierTest, PassesOnForHowLongABusyChronicleWantsToBeLeftAlone) {
    for (const int status : {503, 429}) {
        answers(status, "42");
        for (int i = 0; i < 5; ++i) {
            const auto delivered = deliver();
            EXPECT_EQ(delivered.what, Delivery::kRetry);
            EXPECT_EQ(delivered.retry_after, 42s);
            EXPECT_EQ(delivered.why, "as told");
        }
    }
    EXPECT_EQ(asked_, 10) << "it is busy, not ill";
}

TEST_F(CourierTest, LeavesAnIllChronicleAloneAndKeepsTheRow) {
    answers(500);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(deliver().what, Delivery::kRetry);
    const auto refused = deliver();

    EXPECT_EQ(refused.what, Delivery::kRetry);
    EXPECT_GT(refused.retry_after, 500s);
    EXPECT_EQ(asked_, 3);
    EXPECT_EQ(chronicle_.standing(), Standing::kCircuitOpen);
}

TEST_F(CourierTest, SaysRefusedOnlyOfWhatIsRefusedForWhatItIs) {
    for (const int status : {400, 409, 413, 422}) {
        answers(status);
        EXPECT_EQ(deliver().what, Delivery::kRefused) << status;
    }
    for (const int status : {401, 403, 404, 405, 429, 500, 502, 503}) {
        answers(status);
        EXPECT_EQ(deliver().what, Delivery::kRetry) << status;
    }
}

}  // namespace
}  // namespace dsm::orchestrator
