// `dsm doctor` on a system as a user runs it.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <csignal>

#include "tests/e2e/system.hpp"

namespace dsm::e2e {
namespace {

namespace json = boost::json;

TEST(Doctor, FindsASystemThatIsUpWell) {
    const System system(System::Options{});
    ASSERT_TRUE(testing::eventually([&] { return system.dsm({"doctor"}).exit_code == 0; }));

    const auto said = system.dsm({"doctor", "--json"});

    const json::value findings = json::parse(said.out);
    EXPECT_EQ(findings.at("well"), true) << said.out;
    std::string subjects;
    for (const auto& finding : findings.at("findings").as_array()) {
        subjects += std::string(finding.at("subject").as_string()) + "\n";
    }
    for (const char* subject :
         {"project-orchestrator\n", "kubernetes rights\n", "project-service\n", "backlog-service\n",
          "sprint-service\n", "chronicle-service\n", "/orchestrator.db\n", "/cluster/objects.db\n",
          "/streams.db\n"}) {
        EXPECT_NE(subjects.find(subject), std::string::npos) << subject << subjects;
    }
}

TEST(Doctor, SaysWhatToDoWhenNothingRunsAndStillLooksAtTheStores) {
    System system(System::Options{});
    system.process().signal(SIGTERM);
    ASSERT_TRUE(system.process().wait(std::chrono::seconds(60)));

    const auto said = system.dsm({"doctor"});

    EXPECT_EQ(said.exit_code, 4);
    EXPECT_NE(said.out.find("start one with `dsm up`"), std::string::npos) << said.out;
    EXPECT_NE(said.out.find("orchestrator.db: whole"), std::string::npos) << said.out;
}

}  // namespace
}  // namespace dsm::e2e
