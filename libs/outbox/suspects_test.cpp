// When a refusal is laid at the message, when at the receiver, and whom it holds up meanwhile.
#include "libs/outbox/suspects.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <random>

namespace dsm::outbox {
namespace {

using namespace std::chrono_literals;
using Rows = std::vector<std::int64_t>;
using Verdict = Suspects::Verdict;

constexpr rt::Steady kStart{1'000s};

class SuspectsTest : public ::testing::Test {
protected:
    /// Tries what is due each second for `seconds`; what `takes` does not name is refused. Gives
    /// when rows were parked, in seconds since the start.
    void play(int seconds, std::function<bool(std::int64_t)> takes = {},
              std::function<void(int)> beside = {}) {
        for (int second = 0; second < seconds; ++second) {
            for (const auto row : suspects_->due({}, now_)) {
                if (takes && takes(row)) {
                    suspects_->taken(row, now_);
                    taken_.push_back(row);
                } else if (suspects_->refused(row, key_of(row), now_) == Verdict::kPark) {
                    parked_.emplace(row, (now_ - kStart) / 1s);
                }
            }
            if (beside) beside(second);
            now_ += 1s;
        }
    }
    static std::string key_of(std::int64_t row) { return fmt::format("P{}", row % 100); }

    std::optional<Suspects> suspects_{Suspicion{}};
    rt::Steady now_ = kStart;
    std::map<std::int64_t, int> parked_;
    Rows taken_;
};

TEST_F(SuspectsTest, ParkTheOneThatIsRefusedForAMinuteWhileOthersAreTaken) {
    suspects_->refused(1, "P1", now_);

    play(120, {}, [&](int) { suspects_->taken(500, now_); });

    EXPECT_EQ(parked_, (std::map<std::int64_t, int>{{1, 63}}));
    EXPECT_EQ(suspects_->size(), 0U);
}

TEST_F(SuspectsTest, ParkNothingWhileNothingIsTaken) {
    for (int row = 1; row <= 10; ++row) suspects_->refused(row, key_of(row), now_);

    play(7'200);

    EXPECT_TRUE(parked_.empty());
    EXPECT_EQ(suspects_->size(), 10U);
}

TEST_F(SuspectsTest, ParkNothingThatIsTakenOnceTheReceiverIsWell) {
    for (int row = 1; row <= 10; ++row) suspects_->refused(row, key_of(row), now_);
    play(600);

    play(61, [](std::int64_t) { return true; });

    EXPECT_TRUE(parked_.empty());
    EXPECT_EQ(taken_.size(), 10U);
}

TEST_F(SuspectsTest, AreAllTriedAtOnceWhenOneOfThemIsTaken) {
    for (int row = 1; row <= 10; ++row) suspects_->refused(row, key_of(row), now_);
    play(100);
    suspects_->taken(7, now_);

    EXPECT_EQ(suspects_->due({}, now_).size(), 9U);
}

TEST_F(SuspectsTest, HoldTheirKeyForAMinuteAtMost) {
    suspects_->refused(1, "P1", now_);
    EXPECT_TRUE(suspects_->holds("P1"));
    EXPECT_FALSE(suspects_->holds("P2"));

    play(64);

    EXPECT_FALSE(suspects_->holds("P1"));
    EXPECT_EQ(suspects_->size(), 1U);
}

TEST_F(SuspectsTest, LetNobodyOfTheirKeyPastWithoutATryOfTheirOwn) {
    suspects_->refused(1, "P1", now_);
    suspects_->refused(2, "P2", now_);

    EXPECT_EQ(suspects_->due({}, now_), Rows{});
    EXPECT_EQ(suspects_->due({"P1"}, now_), Rows{1});
}

TEST_F(SuspectsTest, AreTriedInTheOrderOfTheirKey) {
    suspects_->refused(1, "P1", now_);
    suspects_->refused(1, "P1", now_ + 1s);
    suspects_->refused(101, "P1", now_);

    EXPECT_EQ(suspects_->due({}, now_ + 2s), Rows{}) << "1 waits until 3 s, and 101 waits for 1";
    EXPECT_EQ(suspects_->due({}, now_ + 3s), (Rows{1, 101}));
}

TEST_F(SuspectsTest, OfManyAndNoneTakenSayThatTheReceiverIsIll) {
    for (int row = 1; row <= 31; ++row) suspects_->refused(row, key_of(row), now_);
    EXPECT_EQ(suspects_->fresh_allowed(128), 128U);
    suspects_->refused(32, "P32", now_);
    EXPECT_EQ(suspects_->fresh_allowed(128), 0U);

    play(64);
    EXPECT_EQ(suspects_->fresh_allowed(128), 1U) << "all of them may be at fault: look at another";

    suspects_->taken(500, now_);
    EXPECT_EQ(suspects_->fresh_allowed(128), 128U);
}

TEST_F(SuspectsTest, AFewOfThemHoldUpNoOtherKeyHoweverLongNothingIsTaken) {
    for (int row = 1; row <= 3; ++row) suspects_->refused(row, key_of(row), now_);

    for (int minute = 0; minute < 30; ++minute) {
        play(60);
        EXPECT_EQ(suspects_->fresh_allowed(128), 128U);
    }
}

TEST_F(SuspectsTest, StayWhatTheyWereAfterARestart) {
    suspects_->know({{1, "P1", 3, true}, {2, "P2", 9, false}}, now_);

    EXPECT_TRUE(suspects_->holds("P1"));
    EXPECT_FALSE(suspects_->holds("P2"));
    EXPECT_EQ(suspects_->due({}, now_), (Rows{1, 2}));
    EXPECT_EQ(suspects_->refused(2, "P2", now_), Verdict::kRelease);
}

TEST_F(SuspectsTest, AreForgottenWhenTheTableHasThemNoMore) {
    suspects_->refused(1, "P1", now_);
    suspects_->refused(2, "P2", now_);

    suspects_->know({{2, "P2", 1, true}}, now_);

    EXPECT_FALSE(suspects_->holds("P1"));
    EXPECT_TRUE(suspects_->holds("P2"));
}

/// A receiver that turns ill and well at random, and refuses some rows for what they are: only
/// those are parked, whatever the order of things.
TEST_F(SuspectsTest, OnlyThePoisonedAreEverParkedWhileIllnessTakesAllOrNothing) {
    std::size_t parked_in_all = 0;
    for (unsigned seed = 0; seed < 30; ++seed) {
        SCOPED_TRACE(seed);
        suspects_.emplace(Suspicion{});
        now_ = kStart;
        parked_.clear();
        std::mt19937 draw(seed);
        std::int64_t next = 1;
        bool well = false;
        const auto takes = [&](std::int64_t row) { return well && row % 7 != 0; };
        const auto beside = [&](int second) {
            if (second % 10 == 0) well = draw() % 3 != 0;
            for (auto i = suspects_->fresh_allowed(draw() % 3); i > 0; --i, ++next) {
                const std::int64_t row = next;
                if (suspects_->holds(key_of(row))) continue;
                if (takes(row)) {
                    suspects_->taken(row, now_);
                } else {
                    suspects_->refused(row, key_of(row), now_);
                }
            }
        };

        play(600, takes, beside);

        for (const auto& [row, when] : parked_) EXPECT_EQ(row % 7, 0) << "at " << when;
        parked_in_all += parked_.size();
    }
    EXPECT_GT(parked_in_all, 50U);
}

}  // namespace
}  // namespace dsm::outbox
