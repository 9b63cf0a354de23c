// A server that is restarted under load: what was acknowledged is there, and nothing is there
// twice.
#include <atomic>
#include <thread>
#include <vector>

#include "tests/postgresql/counted_store.hpp"

namespace dsm::testing {
namespace {

using namespace std::chrono_literals;

struct Tally {
    std::atomic<int> acknowledged = 0;
    std::atomic<int> unknown = 0;
    std::atomic<int> refused = 0;
};

class Restart : public CountedStore {
protected:
    /// Straight to the server: it is the server that fails here.
    void SetUp() override {
        database_ = open(settings(port_of(the_server().environment("postgres")))).value();
    }
    void restart() {
        the_server().stop();
        the_server().start();
    }
};

TEST_F(Restart, FailsNoWriteAndNoReadThatComesAfterIt) {
    for (int i = 0; i < 8; ++i) ASSERT_TRUE(add(i));
    ASSERT_EQ(count().value_or(-1), 8);

    restart();

    EXPECT_TRUE(add(8));
    EXPECT_EQ(count().value_or(-1), 9);
}

TEST_F(Restart, UnderLoadLosesNothingThatWasAcknowledgedAndDoesNothingTwice) {
    Tally tally;
    std::atomic<bool> done = false;
    std::vector<std::jthread> writers;
    for (int w = 0; w < 4; ++w) {
        writers.emplace_back([&] {
            while (!done) {
                const auto added = add(1);
                if (added) {
                    ++tally.acknowledged;
                } else if (added.error().code == ErrorCode::kUnknown) {
                    ++tally.unknown;
                } else {
                    ++tally.refused;
                    eventually([&] { return done || count().has_value(); });
                }
            }
        });
    }

    for (int restarts = 1; restarts <= 4; ++restarts) {
        const int before = tally.acknowledged;
        EXPECT_TRUE(eventually([&] { return tally.acknowledged > before + 200; }));
        restart();
    }
    done = true;
    writers.clear();

    const int rows = count().value_or(-1);
    EXPECT_GE(rows, tally.acknowledged);
    EXPECT_LE(rows, tally.acknowledged + tally.unknown);
    EXPECT_LE(tally.unknown, 4) << "those that nobody could be asked about in time";
    EXPECT_GT(tally.acknowledged, 800);
}

}  // namespace
}  // namespace dsm::testing
