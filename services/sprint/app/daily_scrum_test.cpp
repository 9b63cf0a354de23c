// Several callers of one daily scrum, each with its own patience.
#include "services/sprint/app/daily_scrum.hpp"

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>

#include "libs/testing/manual_clock.hpp"

namespace dsm::sprint {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

class FakeJournal final : public ScrumJournal {
public:
    asio::awaitable<Result<StoredReport>> report_of(std::string, Date, ProgressSource,
                                                    Cause) override {
        co_return StoredReport{.note = "{}", .event_id = "e", .tasks_updated = 2};
    }
    asio::awaitable<Result<void>> mark_recorded(std::string, Date, std::string) override {
        co_return Result<void>{};
    }
};

/// Holds back the answer to its first call; the others it answers at once.
class SlowNotebook final : public Notebook {
public:
    explicit SlowNotebook(asio::any_io_executor executor) : answer_(std::move(executor), 1h) {}

    asio::awaitable<Outcome<std::string>> record(std::string, std::string, std::string,
                                                 Call) override {
        if (calls_++ == 0) {
            co_await answer_.async_wait(asio::as_tuple(asio::use_awaitable));
            co_return failed(Failure::Kind::kUnavailable, "no answer");
        }
        co_return "R1";
    }
    void answer() { answer_.cancel(); }

private:
    int calls_ = 0;
    asio::steady_timer answer_;
};

class DailyScrumOfSeveralCallers : public ::testing::Test {
protected:
    ~DailyScrumOfSeveralCallers() override {
        notebook_.answer();
        run_until_idle();
    }

    using Reply = std::optional<Outcome<HeldScrum>>;

    void call(Reply& reply, std::chrono::milliseconds patience,
              asio::cancellation_slot cut_off = {}) {
        asio::co_spawn(loop_,
                       scrum_.hold("P-S01", ProgressSource::kRecorded,
                                   {{}, rt::Deadline::after(clock_, patience)}),
                       asio::bind_cancellation_slot(
                           cut_off, [&reply](std::exception_ptr broken, Outcome<HeldScrum> held) {
                               if (!broken) reply = std::move(held);
                           }));
    }
    void run_until_idle() {
        loop_.restart();
        loop_.poll();
    }

    testing::ManualClock clock_{*parse_rfc3339("2025-09-03T10:00:00Z")};
    asio::io_context loop_{1};
    Reply first_;
    Reply second_;
    Reply third_;
    FakeJournal journal_;
    SlowNotebook notebook_{loop_.get_executor()};
    DailyScrum scrum_{journal_, notebook_, clock_};
};

TEST_F(DailyScrumOfSeveralCallers, EndsTheWaitOfEachAtItsOwnDeadline) {
    call(first_, 1h);
    run_until_idle();
    call(second_, 1ms);

    while (!second_ && loop_.run_one_for(5s) > 0) {
    }

    ASSERT_TRUE(second_);
    ASSERT_FALSE(*second_);
    EXPECT_EQ(second_->error().kind, Failure::Kind::kUnavailable);
    EXPECT_FALSE(first_);
}

TEST_F(DailyScrumOfSeveralCallers, IsTakenOverByAnotherWhenTheFirstIsCutOff) {
    asio::cancellation_signal cut_off;
    call(first_, 1h, cut_off.slot());
    run_until_idle();
    call(second_, 1h);
    call(third_, 1h);
    run_until_idle();

    cut_off.emit(asio::cancellation_type::all);
    run_until_idle();

    for (const Reply* reply : {&second_, &third_}) {
        ASSERT_TRUE(*reply);
        ASSERT_TRUE(**reply) << (*reply)->error().detail;
        EXPECT_EQ((**reply)->report_id, "R1");
    }
}

TEST_F(DailyScrumOfSeveralCallers, IsTakenOverByAnotherWhenTheFirstHasNoTimeLeft) {
    call(first_, 0ms);
    call(second_, 1h);
    run_until_idle();

    notebook_.answer();
    run_until_idle();

    ASSERT_TRUE(first_);
    EXPECT_FALSE(*first_);
    ASSERT_TRUE(second_);
    ASSERT_TRUE(*second_) << second_->error().detail;
}

}  // namespace
}  // namespace dsm::sprint
