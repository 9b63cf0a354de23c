// When an alarm rings, and that a disarmed one does not.
#include "libs/rt/alarms.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <vector>

namespace dsm::rt {
namespace {

using namespace std::chrono_literals;

TEST(Alarms, RingOnceTheirDeadlinePassedTheSoonestFirst) {
    const SystemClock clock;
    Alarms alarms;
    std::vector<int> rang;
    std::promise<void> done;

    const auto later = alarms.set(Deadline::after(clock, 40ms), [&] {
        rang.push_back(2);
        done.set_value();
    });
    const auto sooner = alarms.set(Deadline::after(clock, 10ms), [&] { rang.push_back(1); });

    ASSERT_EQ(done.get_future().wait_for(10s), std::future_status::ready);
    EXPECT_EQ(rang, (std::vector{1, 2}));
    EXPECT_TRUE(sooner->disarm());
    EXPECT_TRUE(later->disarm());
}

TEST(Alarms, DoNotRingOnceDisarmed) {
    const SystemClock clock;
    Alarms alarms;
    std::atomic<bool> rang = false;
    std::promise<void> last;
    const auto disarmed = alarms.set(Deadline::after(clock, 20ms), [&] { rang = true; });
    alarms.set(Deadline::after(clock, 20ms), [&] { rang = true; });  // destroyed at once

    EXPECT_FALSE(disarmed->disarm());

    const auto after = alarms.set(Deadline::after(clock, 30ms), [&] { last.set_value(); });
    ASSERT_EQ(last.get_future().wait_for(10s), std::future_status::ready);
    EXPECT_FALSE(rang);
    EXPECT_FALSE(disarmed->disarm());
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
