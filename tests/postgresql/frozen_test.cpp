// A server that is frozen (SIGSTOP): connections are accepted, and nothing is answered.
#include <algorithm>
#include <boost/json/object.hpp>
#include <mutex>
#include <thread>

#include "libs/testing/wire.hpp"
#include "tests/postgresql/counted_store.hpp"
#include "tests/up/running_system.hpp"

namespace dsm::testing {
namespace {

using namespace std::chrono_literals;

class Frozen : public CountedStore {
protected:
    void freeze() const { the_server().freeze(); }
    void TearDown() override { the_server().thaw(); }
};

TEST_F(Frozen, ServerEndsAWriteWithinItsLimitAndServesTheNextOnceItIsBack) {
    ASSERT_TRUE(add(1));
    freeze();
    const auto begun = clock_.steady();

    const auto added = add(2);

    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, ErrorCode::kUnavailable);
    EXPECT_NE(added.error().message.find("no answer within 5000 ms"), std::string::npos)
        << added.error().message;
    EXPECT_LT(clock_.steady() - begun, kLongAfterTheLimit);
    the_server().thaw();
    EXPECT_TRUE(eventually([&] { return add(3).has_value(); }));
    EXPECT_EQ(count().value_or(-1), 2);
}

TEST_F(Frozen, ServerKeepsThoseThatWaitInLineNoLongerThanTheFirst) {
    ASSERT_TRUE(add(1));
    freeze();
    const auto begun = clock_.steady();
    std::atomic<int> failed = 0;
    {
        std::vector<std::jthread> callers;
        for (int i = 0; i < 24; ++i) {
            callers.emplace_back([&, i] {
                if (!add(10 + i)) ++failed;
            });
        }
    }
    EXPECT_EQ(failed, 24);
    EXPECT_LT(clock_.steady() - begun, kLongAfterTheLimit);

    std::mutex one_at_a_time;
    std::vector<std::string> said;  // in the order in which they ended
    {
        std::vector<std::jthread> callers;
        for (int i = 0; i < 8; ++i) {
            callers.emplace_back([&, i] {
                const auto added = add(50 + i);
                const std::scoped_lock lock(one_at_a_time);
                said.push_back(added ? "added" : added.error().message);
            });
        }
    }
    const auto tried = std::ranges::find_if(
        said, [](const std::string& why) { return why.find("no answer within") != why.npos; });
    EXPECT_GE(tried - said.begin(), 7) << "while one tries, the others do not wait for its end";
    EXPECT_EQ(std::ranges::count(said, "added"), 0);
}

TEST_F(Frozen, ServerLetsARequestFailWithinItsDeadlineAndReadinessTell) {
    const auto server = the_server().environment("postgres");
    const ProcessEnvironment environment{
        {"POSTGRES_TIMEOUT_MS", "1000"},
        {"POSTGRES_DSN",
         fmt::format("postgresql://{}:{}@127.0.0.1:{}/postgres", server.at("POSTGRES_USER"),
                     server.at("POSTGRES_PASSWORD"), server.at("POSTGRES_PORT"))}};
    const std::string data = folder_.file("data");
    ASSERT_EQ(run_process({"mkdir", data}).exit_code, 0);
    RunningSystem system;
    ASSERT_TRUE(system.start({"--sample"}, environment)) << system.log();
    const auto project = system.wire("project");
    ASSERT_EQ(project.get("/projects").status, 200);
    freeze();
    const auto begun = clock_.steady();

    const auto reply = project.get("/projects");

    EXPECT_EQ(reply.status, 503) << reply.body;
    EXPECT_LT(clock_.steady() - begun, 25s) << "1 s is its limit";
    EXPECT_TRUE(eventually([&] { return project.get("/health/ready").status == 503; }));
    EXPECT_EQ(project.get("/health").status, 200);
    the_server().thaw();
    EXPECT_TRUE(eventually([&] { return project.get("/projects").status == 200; }));
    EXPECT_TRUE(eventually([&] { return project.get("/health/ready").status == 200; }));
    EXPECT_NE(system.log().find("no answer within 1000 ms"), std::string::npos) << system.log();
    EXPECT_EQ(system.log().find(server.at("POSTGRES_PASSWORD")), std::string::npos);
}

}  // namespace
}  // namespace dsm::testing
