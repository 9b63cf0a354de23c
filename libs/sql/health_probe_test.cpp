// What the health question is answered, and how soon.
#include "libs/sql/health_probe.hpp"

#include <gtest/gtest.h>
#include <soci/soci.h>
#include <sqlite3.h>

#include <atomic>
#include <future>
#include <latch>

#include "libs/sql/fake_connector_test.hpp"
#include "libs/testing/process.hpp"

namespace dsm::sql {
namespace {

using std::chrono::milliseconds;
using testing::eventually;

constexpr const char* kEnded = "the session has ended";
constexpr const char* kGone = "there is no server";

/// A server the first look at which ends when the test lets it.
class SlowConnector : public FakeConnector {
public:
    Failure classify(const soci::soci_error& error) const override {
        const auto said = error.get_error_message();
        Failure failure{.error = {ErrorCode::kUnavailable, said, told("cannot be reached")}};
        failure.session_lost = said == kEnded;
        failure.no_session = said == kGone;
        return failure;
    }
    void refuse_read_only(soci::session&) override {
        if (++looks == 1) answered.wait();
        if (in_the_way) throw soci::soci_error("another transaction was in the way");
        if (looks == lost_at) throw soci::soci_error(kEnded);
        if (gone) throw soci::soci_error(kGone);
    }
    std::string lacking(soci::session&, const Schema& schema) override {
        return step < schema.step ? "is behind" : "";
    }

    std::latch answered{1};
    std::atomic<int> looks = 0;
    std::atomic<bool> in_the_way = false;
    std::atomic<int> lost_at = 0;  ///< the look that finds its session ended
    std::atomic<bool> gone = false;
    std::atomic<int> step = 0;
};

/// A file that is read no sooner than the test lets it.
class SlowFile final : public SlowConnector {
public:
    SlowFile() { answered.count_down(); }
    bool answers(soci::session&) const noexcept override {
        ++reads;
        read.wait();
        return true;
    }
    bool is_remote() const override { return false; }

    mutable std::latch read{1};
    mutable std::atomic<int> reads = 0;
};

TEST(HealthProbe, CallsAServerThatDoesNotAnswerIllUntilItAnswers) {
    SlowConnector connector;
    HealthProbe probe(connector, milliseconds(50));
    EXPECT_TRUE(probe.ask()) << "it answered when it was opened";

    EXPECT_TRUE(eventually([&] { return !probe.ask(); }));
    EXPECT_EQ(probe.ailment(), "The server does not answer; it goes on by itself once it does.");

    connector.answered.count_down();
    EXPECT_TRUE(eventually([&] { return probe.ask(); }));
}

TEST(HealthProbe, KeepsLookingWhileSomebodyAsksNowAndThen) {
    SlowConnector connector;
    connector.answered.count_down();
    HealthProbe probe(connector);

    probe.ask();

    EXPECT_TRUE(eventually([&] { return connector.looks >= 3; })) << "one question was enough";
}

TEST(HealthProbe, LearnsNothingOfAServerFromALookThatOthersWereInTheWayOf) {
    SlowConnector connector;
    connector.in_the_way = true;
    connector.answered.count_down();
    HealthProbe probe(connector);
    probe.ask();

    ASSERT_TRUE(eventually([&] { return connector.looks >= 2; }));
    EXPECT_TRUE(probe.ask());
}

TEST(HealthProbe, FindsNothingWrongWithAServerThatOnlyEndedTheSession) {
    SlowConnector connector;
    connector.answered.count_down();
    connector.lost_at = 2;
    HealthProbe probe(connector);
    bool ill = false;

    ASSERT_TRUE(eventually([&] {
        ill = ill || !probe.ask();
        return connector.looks >= 4;
    }));
    EXPECT_FALSE(ill);
}

TEST(HealthProbe, TakesATransactionsWordForAServerThatIsGoneAndForOneThatIsBack) {
    SlowConnector connector;
    HealthProbe probe(connector);
    const rt::SystemClock clock;

    probe.note_loss(connector.classify(soci::soci_error(kGone)), clock.steady());
    EXPECT_FALSE(probe.ask());
    EXPECT_EQ(probe.ailment(), "The server cannot be reached.");

    probe.note_answer(clock.steady());
    EXPECT_TRUE(probe.ask());
    EXPECT_EQ(probe.ailment(), "");
    connector.answered.count_down();
}

TEST(HealthProbe, FindsByItselfThatAServerIsGoneAndThatItIsBack) {
    SlowConnector connector;
    connector.answered.count_down();
    connector.gone = true;
    HealthProbe probe(connector);

    EXPECT_TRUE(eventually([&] { return !probe.ask(); }));
    EXPECT_EQ(probe.ailment(), "The server cannot be reached.");

    connector.gone = false;
    EXPECT_TRUE(eventually([&] { return probe.ask(); }));
}

TEST(HealthProbe, CallsAStoreIllWhileSomethingIsMissingInIt) {
    SlowConnector connector;
    connector.answered.count_down();
    HealthProbe probe(connector);
    probe.expect({.step = 2, .tables = {"schema_migrations"}});

    EXPECT_TRUE(eventually([&] { return !probe.ask(); }));
    EXPECT_EQ(probe.ailment(), "The server is behind.");

    connector.step = 2;
    EXPECT_TRUE(eventually([&] { return probe.ask(); }));
    EXPECT_EQ(probe.ailment(), "");
}

TEST(HealthProbe, TakesATransactionsWordForATableThatIsMissingUntilItHasLooked) {
    SlowConnector connector;
    HealthProbe probe(connector);
    const Failure missing{
        .error = {ErrorCode::kUnavailable, "no table", "The server lacks a table."},
        .table_missing = true};

    probe.note(missing);
    EXPECT_FALSE(probe.ask());
    EXPECT_EQ(probe.ailment(), "The server lacks a table.");

    connector.answered.count_down();
    EXPECT_TRUE(eventually([&] { return probe.ask(); })) << "nothing is missing";
}

TEST(HealthProbe, WaitsForALookWhileTransactionsAreAnswered) {
    SlowConnector connector;
    HealthProbe probe(connector, milliseconds(50));
    const rt::SystemClock clock;
    ASSERT_TRUE(eventually([&] { return !probe.ask(); })) << "the look takes long";

    probe.note_answer(clock.steady());

    EXPECT_TRUE(probe.ask());
    connector.answered.count_down();
}

TEST(HealthProbe, TellsWhatIsKnownAndFindsTheRestOutByItself) {
    testing::TemporaryFolder folder;
    const auto path = folder.file("store.db");
    const auto connector = make_sqlite_connector({.path = path});
    HealthProbe probe(*connector);

    EXPECT_TRUE(probe.last_known()) << "nobody has looked";
    EXPECT_TRUE(eventually([&] { return !probe.last_known(); }));
}

TEST(HealthProbe, KeepsNobodyWaitingWhileSomebodyElseAsksAFileThatIsSlow) {
    SlowFile file;
    HealthProbe probe(file, std::chrono::hours(1));
    auto asks = std::async(std::launch::async, [&] { return probe.ask(); });
    EXPECT_TRUE(eventually([&] { return file.reads > 0; }));

    std::atomic<bool> served = false;
    auto others = std::async(std::launch::async, [&] {
        probe.note_commit();
        const bool well = probe.last_known() && probe.ask();
        served = true;
        return well;
    });
    EXPECT_TRUE(eventually([&] { return served.load(); })) << "the file has not been read yet";

    file.read.count_down();
    EXPECT_TRUE(others.get());
    EXPECT_TRUE(asks.get());
}

TEST(HealthProbe, DoesNotKeepItsCallerWaitingForAFileThatAnotherProcessHolds) {
    testing::TemporaryFolder folder;
    const auto path = folder.file("store.db");
    sqlite3* holder = nullptr;
    ::sqlite3_open(path.c_str(), &holder);
    const int held = ::sqlite3_exec(holder,
                                    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"
                                    "CREATE TABLE schema_migrations (number INTEGER)",
                                    nullptr, nullptr, nullptr);
    ASSERT_EQ(held, SQLITE_OK);
    const auto connector =
        make_sqlite_connector({.path = path, .busy_timeout = std::chrono::minutes(1)});
    HealthProbe probe(*connector);
    const rt::SystemClock clock;
    const auto begun = clock.steady();

    EXPECT_FALSE(probe.ask());
    EXPECT_LT(clock.steady() - begun, std::chrono::seconds(30));
    ::sqlite3_close(holder);
}

}  // namespace
}  // namespace dsm::sql
