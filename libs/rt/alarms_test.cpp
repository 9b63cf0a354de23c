// When an alarm rings, and that a disarmed one does not.
#include "libs/rt/alarms.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <vector>

namespace dsm::rt {
namespace {

using namespace std::chrono_literals;

/// Tries with more and more time until `attempt` says that it came before the deadline, which a
/// busy machine may keep it from.
void before_the_deadline(const std::function<bool(std::chrono::milliseconds time)>& attempt) {
    for (auto time = 20ms; time < 5min; time *= 2) {
        if (attempt(time)) return;
    }
    FAIL() << "it never came before the deadline";
}

TEST(Alarms, RingOnceTheirDeadlinePassedTheSoonestFirst) {
    const SystemClock clock;
    before_the_deadline([&](std::chrono::milliseconds time) {
        Alarms alarms;
        std::vector<int> rang;
        std::promise<void> done;
        const auto soonest = Deadline::after(clock, time);

        const auto later = alarms.set(Deadline{soonest.at + 1ms}, [&] {
            rang.push_back(2);
            done.set_value();
        });
        const auto sooner = alarms.set(soonest, [&] { rang.push_back(1); });
        if (soonest.passed(clock)) {
            later->disarm();
            return false;
        }

        EXPECT_EQ(done.get_future().wait_for(60s), std::future_status::ready);
        EXPECT_EQ(rang, (std::vector{1, 2}));
        EXPECT_TRUE(sooner->disarm());
        EXPECT_TRUE(later->disarm());
        return true;
    });
}

TEST(Alarms, DoNotRingOnceDisarmed) {
    const SystemClock clock;
    before_the_deadline([&](std::chrono::milliseconds time) {
        Alarms alarms;
        std::atomic<bool> rang = false;
        std::promise<void> last;
        const auto soon = Deadline::after(clock, time);
        const auto disarmed = alarms.set(soon, [&] { rang = true; });
        alarms.set(soon, [&] { rang = true; });  // destroyed at once
        const bool rang_before = disarmed->disarm();
        if (soon.passed(clock)) return false;

        EXPECT_FALSE(rang_before);
        const auto after = alarms.set(Deadline{soon.at + 1ms}, [&] { last.set_value(); });
        EXPECT_EQ(last.get_future().wait_for(60s), std::future_status::ready);
        EXPECT_FALSE(rang);
        EXPECT_FALSE(disarmed->disarm());
        return true;
    });
}

TEST(Alarms, MayBeDestroyedWithoutHavingRung) {
    const SystemClock clock;
    bool rang = false;
    {
        Alarms alarms;
        const auto never = alarms.set(Deadline::after(clock, 1h), [&] { rang = true; });
    }

    EXPECT_FALSE(rang);
}

}  // namespace
}  // namespace dsm::rt
