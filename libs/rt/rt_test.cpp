// Clocks, randomness, tasks and threads of libs/rt.
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "libs/rt/backoff.hpp"
#include "libs/rt/blocking_pool.hpp"
#include "libs/rt/clock.hpp"
#include "libs/rt/parallel.hpp"
#include "libs/rt/random.hpp"
#include "libs/rt/task_scope.hpp"

namespace dsm::rt {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

/// Runs `body` to its end on a fresh io_context; an exception out of it fails the test.
void run_on_loop(std::function<asio::awaitable<void>()> body) {
    asio::io_context io;
    std::exception_ptr thrown = std::make_exception_ptr(std::runtime_error("did not end"));
    asio::co_spawn(io, body, [&](std::exception_ptr e) { thrown = e; });
    io.run_for(120s);
    if (thrown) std::rethrow_exception(thrown);
}

TEST(SystemClock, RunsOnFromTheGivenStart) {
    const Instant start = *parse_rfc3339("2025-08-31T14:05:00Z");

    const SystemClock clock = SystemClock::starting_at(start);

    EXPECT_GE(clock.wall(), start);
    EXPECT_LT(clock.wall(), start + 10s);
    EXPECT_EQ(clock.today(), utc_date(start));
}

TEST(Deadline, IsPassedAtItsTimeAndNeverLeavesLessThanNothing) {
    const SystemClock clock;
    const Deadline past{clock.steady() - 5s};
    const Deadline future = Deadline::after(clock, 1h);

    EXPECT_TRUE(past.passed(clock));
    EXPECT_EQ(past.left(clock), 0ms);
    EXPECT_FALSE(future.passed(clock));
    EXPECT_GT(future.left(clock), 59min);
    EXPECT_EQ(past.sooner(future).at, past.at);
    EXPECT_EQ(future.sooner(past).at, past.at);
}

TEST(Random, AUuidIsAVersionFourInLowerCase) {
    const auto random = make_system_random();
    std::set<std::string> seen;

    for (int i = 0; i < 1000; ++i) {
        const std::string id = random->uuid();
        ASSERT_EQ(id.size(), 36u) << id;
        EXPECT_EQ(id[14], '4') << id;
        EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos) << id;
        EXPECT_EQ(id.find_first_not_of("0123456789abcdef-"), std::string::npos) << id;
        EXPECT_TRUE(seen.insert(id).second) << id;
    }
}

TEST(Random, ASeedRepeatsTheSequence) {
    const auto first = make_seeded_random(7);
    const auto second = make_seeded_random(7);

    EXPECT_EQ(first->uuid(), second->uuid());
    EXPECT_EQ(first->hex(20), second->hex(20));
    EXPECT_EQ(make_seeded_random(8)->hex(3).size(), 6u);
    EXPECT_NE(make_seeded_random(8)->next(), make_seeded_random(9)->next());
}

TEST(Random, BelowReachesEveryValueAndNothingElse) {
    const auto random = make_seeded_random(1);
    std::set<std::uint64_t> seen;

    for (int i = 0; i < 1000; ++i) seen.insert(random->below(5));

    EXPECT_EQ(seen, (std::set<std::uint64_t>{0, 1, 2, 3, 4}));
}

TEST(Backoff, GrowsToTheLimitAndStartsAgainAfterAReset) {
    const auto random = make_seeded_random(3);
    Backoff backoff({.first = 100ms, .limit = 1000ms, .factor = 2}, *random);
    const std::vector<std::int64_t> whole{100, 200, 400, 800, 1000, 1000};

    for (const std::int64_t limit : whole) {
        const auto wait = backoff.next().count();
        EXPECT_GE(wait, limit / 2);
        EXPECT_LE(wait, limit);
    }
    for (int i = 0; i < 5000; ++i) EXPECT_LE(backoff.next(), 1000ms);
    backoff.reset();
    EXPECT_LE(backoff.next(), 100ms);
}

TEST(TaskScope, CancelEndsEveryWaitAndJoinSeesTheEnds) {
    run_on_loop([]() -> asio::awaitable<void> {
        TaskScope scope(co_await asio::this_coro::executor);
        int woken = 0;
        for (int i = 0; i < 3; ++i) {
            scope.spawn("sleeper", [&]() -> asio::awaitable<void> {
                const bool whole = co_await sleep_for(1h);
                if (!whole) ++woken;
            });
        }
        const bool early = co_await scope.join(1ms);
        EXPECT_FALSE(early);
        EXPECT_EQ(scope.running(), 3u);

        scope.cancel();
        const bool all = co_await scope.join(60s);

        EXPECT_TRUE(all);
        EXPECT_EQ(woken, 3);
    });
}

TEST(TaskScope, StartsNothingAfterCancel) {
    run_on_loop([]() -> asio::awaitable<void> {
        TaskScope scope(co_await asio::this_coro::executor);
        bool started = false;

        scope.cancel();
        scope.spawn("late", [&]() -> asio::awaitable<void> {
            started = true;
            co_return;
        });

        EXPECT_EQ(scope.running(), 0u);
        EXPECT_FALSE(started);
    });
}

TEST(TaskScope, ATaskThatIsCancelledInItsWaitAndWaitsAgainStillEnds) {
    run_on_loop([]() -> asio::awaitable<void> {
        TaskScope scope(co_await asio::this_coro::executor);
        scope.spawn("stubborn", []() -> asio::awaitable<void> {
            while (true) co_await sleep_for(1h);
        });

        scope.cancel();
        const bool all = co_await scope.join(60s);

        EXPECT_TRUE(all);
    });
}

TEST(TaskScopeDeathTest, AnExceptionOutOfATaskNamesItAndAborts) {
    EXPECT_DEATH(run_on_loop([]() -> asio::awaitable<void> {
                     TaskScope scope(co_await asio::this_coro::executor);
                     scope.spawn("relay", []() -> asio::awaitable<void> {
                         throw std::runtime_error("broken");
                         co_return;
                     });
                     co_await scope.join(1s);
                 }),
                 "task relay ended with broken");
}

TEST(WhenAll, RunsTheTasksAtTheSameTime) {
    run_on_loop([]() -> asio::awaitable<void> {
        int begun = 0;
        int most_begun_at_an_end = 0;
        auto task = [&]() -> asio::awaitable<void> {
            ++begun;
            co_await sleep_for(1ms);
            most_begun_at_an_end = begun;
        };
        std::vector<std::function<asio::awaitable<void>()>> tasks{task, task, task};

        co_await when_all(tasks);

        EXPECT_EQ(most_begun_at_an_end, 3);
    });
}

TEST(WhenAll, RethrowsTheFirstExceptionAfterAllEnded) {
    run_on_loop([]() -> asio::awaitable<void> {
        bool slow_ended = false;
        std::string caught;
        std::vector<std::function<asio::awaitable<void>()>> tasks{
            []() -> asio::awaitable<void> {
                throw std::runtime_error("first");
                co_return;
            },
            [&]() -> asio::awaitable<void> {
                co_await sleep_for(5ms);
                slow_ended = true;
            }};

        try {
            co_await when_all(std::move(tasks));
        } catch (const std::runtime_error& e) {
            caught = e.what();
        }

        EXPECT_EQ(caught, "first");
        EXPECT_TRUE(slow_ended);
    });
}

TEST(WhenAll, ACancelledAwaiterCancelsTheTasksAndWaitsForTheirEnds) {
    run_on_loop([]() -> asio::awaitable<void> {
        TaskScope scope(co_await asio::this_coro::executor);
        int ended = 0;
        bool returned = false;
        scope.spawn("awaiter", [&]() -> asio::awaitable<void> {
            auto task = [&]() -> asio::awaitable<void> {
                co_await sleep_for(1h);
                ++ended;
            };
            std::vector<std::function<asio::awaitable<void>()>> tasks{task, task};
            co_await when_all(tasks);
            returned = true;
            EXPECT_EQ(ended, 2);
        });
        co_await scope.join(1ms);

        scope.cancel();
        const bool all = co_await scope.join(60s);

        EXPECT_TRUE(all);
        EXPECT_TRUE(returned);
    });
}

TEST(WhenAll, OfNothingReturnsAtOnce) {
    run_on_loop([]() -> asio::awaitable<void> { co_await when_all({}); });
}

TEST(BlockingPool, RunsWorkElsewhereAndComesBackToTheCallersThread) {
    run_on_loop([]() -> asio::awaitable<void> {
        BlockingPool pool(2, 10);
        const auto here = std::this_thread::get_id();
        std::thread::id there;

        const Result<int> answer = co_await pool.run([&]() -> Result<int> {
            there = std::this_thread::get_id();
            return 42;
        });

        EXPECT_EQ(*answer, 42);
        EXPECT_NE(there, here);
        EXPECT_EQ(std::this_thread::get_id(), here);
    });
}

TEST(BlockingPool, RefusesWorkWhenTheQueueIsFull) {
    run_on_loop([]() -> asio::awaitable<void> {
        BlockingPool pool(1, 0);

        const Result<int> answer = co_await pool.run([]() -> Result<int> { return 1; });

        EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
    });
}

TEST(BlockingPool, HandsAnExceptionToTheAwaiter) {
    run_on_loop([]() -> asio::awaitable<void> {
        BlockingPool pool(1, 1);
        std::string caught;

        try {
            const Result<int> answer =
                co_await pool.run([]() -> Result<int> { throw std::runtime_error("disk"); });
            EXPECT_FALSE(answer);
        } catch (const std::runtime_error& e) {
            caught = e.what();
        }

        EXPECT_EQ(caught, "disk");
    });
}

TEST(BlockingPool, ServesManyCallersThroughFewThreads) {
    run_on_loop([]() -> asio::awaitable<void> {
        BlockingPool pool(4, 1000);
        int done = 0;
        std::vector<std::function<asio::awaitable<void>()>> tasks;
        for (int i = 0; i < 500; ++i) {
            tasks.push_back([&pool, &done, i]() -> asio::awaitable<void> {
                const Result<int> answer = co_await pool.run([i]() -> Result<int> { return i; });
                if (answer == i) ++done;
            });
        }

        co_await when_all(std::move(tasks));

        EXPECT_EQ(done, 500);
    });
}

}  // namespace
}  // namespace dsm::rt
