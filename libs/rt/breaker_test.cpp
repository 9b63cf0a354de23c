#include "libs/rt/breaker.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "libs/rt/random.hpp"
#include "libs/testing/stopped_clock.hpp"

namespace dsm::rt {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

class BreakerTest : public ::testing::Test {
protected:
    Breaker::Permit admitted() {
        auto permit = breaker.admit();
        if (!permit) throw std::runtime_error("the breaker refuses");
        return std::move(*permit);
    }
    std::optional<seconds> wait() {
        const auto permit = breaker.admit();
        return permit ? std::nullopt : std::optional(permit.error());
    }
    void fail_times(int times) {
        for (int i = 0; i < times; ++i) admitted().failed();
    }
    void open_and_wait() {
        fail_times(3);
        clock.now += 5s;
    }

    testing::StoppedClock clock;
    Breaker breaker{{.failures_to_open = 3, .open_for = 5s}, clock};
};

TEST_F(BreakerTest, OpensAfterFailuresInARowAndSaysForHowLong) {
    fail_times(2);
    EXPECT_EQ(wait(), std::nullopt);

    fail_times(1);
    EXPECT_EQ(wait(), 5s);
    EXPECT_TRUE(breaker.wait().has_value());
    clock.now += 4500ms;
    EXPECT_EQ(wait(), 1s);
}

TEST_F(BreakerTest, ASuccessBetweenFailuresStartsTheCountAnew) {
    fail_times(2);
    admitted().succeeded();
    fail_times(2);

    EXPECT_FALSE(breaker.wait().has_value());
}

TEST_F(BreakerTest, ACallThatIsPostponedOrCutOffNeitherCountsNorStartsTheCountAnew) {
    fail_times(2);
    admitted().postponed(7s);
    static_cast<void>(admitted());
    EXPECT_FALSE(breaker.wait().has_value());

    fail_times(1);
    EXPECT_TRUE(breaker.wait().has_value());
}

TEST_F(BreakerTest, LetsOneProbeThroughAndNoSecondHoweverLongItTakes) {
    open_and_wait();
    const auto probe = admitted();
    EXPECT_TRUE(probe.is_probe());

    clock.now += 10min;

    EXPECT_EQ(wait(), 1s);
    EXPECT_TRUE(breaker.wait().has_value());
}

TEST_F(BreakerTest, WhatBecomesOfTheProbeDecides) {
    struct Row {
        const char* sentence;
        void (*say)(Breaker::Permit&);
        bool refuses;
        std::optional<seconds> wait;
    };
    const Row rows[] = {
        {"success closes", [](Breaker::Permit& p) { p.succeeded(); }, false, std::nullopt},
        {"failure opens again", [](Breaker::Permit& p) { p.failed(); }, true, 5s},
        {"told to wait, it waits", [](Breaker::Permit& p) { p.postponed(9s); }, true, 9s},
        {"and not for ever", [](Breaker::Permit& p) { p.postponed(100h); }, true, 10s},
        {"nothing said frees its place", [](Breaker::Permit&) {}, false, std::nullopt},
        {"the first word counts",
         [](Breaker::Permit& p) {
             p.succeeded();
             p.failed();
         },
         false, std::nullopt},
    };
    for (const Row& row : rows) {
        breaker = Breaker({.failures_to_open = 3, .open_for = 5s}, clock);
        open_and_wait();
        {
            auto probe = admitted();
            row.say(probe);
        }
        EXPECT_EQ(breaker.wait().has_value(), row.refuses) << row.sentence;
        EXPECT_EQ(wait(), row.wait) << row.sentence;
    }
}

TEST_F(BreakerTest, AfterACutOffProbeTheNextCallIsTheProbe) {
    open_and_wait();
    static_cast<void>(admitted());

    const auto next = admitted();
    EXPECT_TRUE(next.is_probe());
    EXPECT_EQ(wait(), 1s);
}

TEST_F(BreakerTest, WhatBeganBeforeItOpenedSaysNothingOfNow) {
    auto slow_success = admitted();
    auto slow_failure = admitted();
    fail_times(3);
    clock.now += 3s;

    slow_success.succeeded();
    slow_failure.failed();

    EXPECT_EQ(wait(), 2s);
}

TEST_F(BreakerTest, WhatBeganBeforeItClosedDoesNotOpenIt) {
    std::vector<Breaker::Permit> slow;
    for (int i = 0; i < 3; ++i) slow.push_back(admitted());
    open_and_wait();
    admitted().succeeded();

    for (auto& permit : slow) permit.failed();

    EXPECT_FALSE(breaker.wait().has_value());
}

TEST_F(BreakerTest, LetsOneProbeThroughBeforeItsTimeWhenTold) {
    fail_times(3);
    breaker.let_one_through();

    const auto probe = admitted();
    EXPECT_EQ(wait(), 1s);
    breaker.let_one_through();
    EXPECT_EQ(wait(), 1s) << "also when told twice";
}

TEST_F(BreakerTest, AProbeThatIsTurnedAwayIsNotHeldLongerThanAFailedOneOfALongOpenTime) {
    breaker = Breaker({.failures_to_open = 3, .open_for = 30s}, clock);
    fail_times(3);
    clock.now += 30s;
    admitted().postponed(100h);

    EXPECT_EQ(wait(), 30s);
}

TEST_F(BreakerTest, SaysWhetherItIsClosedHalfOpenOrOpen) {
    EXPECT_EQ(breaker.state(), BreakerState::kClosed);
    fail_times(3);
    EXPECT_EQ(breaker.state(), BreakerState::kOpen);
    clock.now += 5s;
    EXPECT_EQ(breaker.state(), BreakerState::kHalfOpen) << "the next call is the probe";
    {
        auto probe = admitted();
        EXPECT_EQ(breaker.state(), BreakerState::kHalfOpen) << "the probe is out";
        probe.postponed(9s);
    }
    EXPECT_EQ(breaker.state(), BreakerState::kHalfOpen) << "turned away is not ill";
    clock.now += 9s;
    admitted().failed();
    EXPECT_EQ(breaker.state(), BreakerState::kOpen);
    clock.now += 5s;
    admitted().succeeded();
    EXPECT_EQ(breaker.state(), BreakerState::kClosed);
}

TEST_F(BreakerTest, APermitMayOutliveIt) {
    std::optional<Breaker> gone;
    gone.emplace(BreakerSettings{}, clock);
    auto permit = gone->admit();
    ASSERT_TRUE(permit);
    gone.reset();

    permit->failed();
}

/// What a run of chance saw.
struct Tally {
    int probes = 0;
    int refusals = 0;
    int closings = 0;
};

/// Callers who come, answer, fail and vanish in any order, and a clock that moves between.
Tally run_by_chance(std::uint64_t seed) {
    const auto random = make_seeded_random(seed);
    testing::StoppedClock clock;
    Breaker breaker({.failures_to_open = 1 + static_cast<int>(random->below(4)), .open_for = 5s},
                    clock);
    std::vector<Breaker::Permit> out;
    Tally tally;
    bool probe_is_out = false;
    const auto end_one = [&] {
        if (out.empty()) return;
        std::swap(out[random->below(out.size())], out.back());
        Breaker::Permit permit = std::move(out.back());
        out.pop_back();
        const bool was_open = breaker.wait().has_value();
        switch (random->below(4)) {
            case 0:
                permit.succeeded();
                break;
            case 1:
                permit.postponed(seconds(random->below(8)));
                break;
            case 2:
                permit.failed();
                break;
            default:
                break;  // cut off
        }
        if (permit.is_probe()) probe_is_out = false;
        if (was_open && !permit.is_probe())
            EXPECT_TRUE(breaker.wait().has_value()) << "seed " << seed;
        if (was_open && !breaker.wait().has_value()) ++tally.closings;
    };
    for (int step = 0; step < 400; ++step) {
        switch (random->below(5)) {
            case 0:
                clock.now += std::chrono::milliseconds(random->below(4'000));
                break;
            case 1:
                if (random->below(20) == 0) breaker.let_one_through();
                break;
            case 2:
                end_one();
                break;
            default: {
                auto permit = breaker.admit();
                if (!permit) {
                    ++tally.refusals;
                    EXPECT_GE(permit.error(), 1s);
                    break;
                }
                EXPECT_FALSE(probe_is_out) << "a second permit while half open, seed " << seed;
                if (permit->is_probe()) {
                    probe_is_out = true;
                    ++tally.probes;
                }
                out.push_back(std::move(*permit));
            }
        }
    }
    return tally;
}

TEST(BreakerByChance, NeverGivesTwoPermitsWhileHalfOpen) {
    Tally total;
    for (std::uint64_t seed = 0; seed < 500; ++seed) {
        const Tally tally = run_by_chance(seed);
        total.probes += tally.probes;
        total.refusals += tally.refusals;
        total.closings += tally.closings;
    }

    EXPECT_GT(total.probes, 1'000);
    EXPECT_GT(total.refusals, 1'000);
    EXPECT_GT(total.closings, 100);
}

}  // namespace
}  // namespace dsm::rt
