// Least rights, both ways: with exactly the Role everything works; without one of its verbs that is
// named, nothing else suffers, and giving it back heals. On a cluster with RBAC, so on a real one.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <memory>

#include "libs/rt/random.hpp"
#include "tests/e2e/system.hpp"

namespace dsm::e2e {
namespace {

namespace json = boost::json;

constexpr const char* kCronJob = "run-dailyscrum-test-001-test-001-s12";
const std::vector<std::string> kVerbs = {"get", "list", "create", "delete"};

/// A namespace of its own with a ServiceAccount, whose token is all that DSM has.
class LeastRights : public ::testing::Test {
protected:
    void SetUp() override {
        if (outside_kubeconfig().empty()) {
            GTEST_SKIP() << "needs a cluster with RBAC: set DSM_TEST_KUBECONFIG to a kubeconfig of "
                            "its administrator";
        }
        admin({"create", "namespace", name_space_});
        admin({"create", "serviceaccount", "orchestrator", "-n", name_space_});
        grant(kVerbs);
        admin({"create", "rolebinding", "orchestrator", "--role=orchestrator",
               "--serviceaccount=" + name_space_ + ":orchestrator", "-n", name_space_});
        write_kubeconfig();
        System::Options options;
        options.arguments = {"--import",        fixture_path("recorded-missing-cronjob.json"),
                             "--kubeconfig",    kubeconfig_,
                             "--k8s-namespace", name_space_};
        system_ = std::make_unique<System>(std::move(options));
    }

    void TearDown() override {
        system_.reset();
        if (outside_kubeconfig().empty()) return;
        admin({"delete", "namespace", name_space_, "--wait=false"});
    }

    testing::Finished admin(const testing::Arguments& arguments) const {
        testing::Arguments argv{"kubectl"};
        argv.insert(argv.end(), arguments.begin(), arguments.end());
        auto done = testing::run_process(
            argv, {{"KUBECONFIG", outside_kubeconfig()}, {"HOME", folder_.path()}});
        EXPECT_EQ(done.exit_code, 0) << done.err;
        return done;
    }

    void grant(const std::vector<std::string>& verbs) const {
        json::array listed(verbs.begin(), verbs.end());
        const json::object rule{{"apiGroups", json::array{"batch"}},
                                {"resources", json::array{"cronjobs"}},
                                {"verbs", std::move(listed)}};
        const json::object role{
            {"apiVersion", "rbac.authorization.k8s.io/v1"},
            {"kind", "Role"},
            {"metadata", {{"name", "orchestrator"}, {"namespace", name_space_}}},
            {"rules", json::array(1, json::value(rule))}};
        std::ofstream(folder_.file("role.json")) << json::serialize(role);
        admin({"apply", "-f", folder_.file("role.json")});
    }

    void grant_all_but(const std::string& verb) const {
        auto verbs = kVerbs;
        std::erase(verbs, verb);
        grant(verbs);
    }

    void write_kubeconfig() const {
        const auto token = admin({"create", "token", "orchestrator", "-n", name_space_}).out;
        auto config = json::parse(
            admin({"config", "view", "--raw", "--minify", "--flatten", "-o", "json"}).out);
        config.at("users").at(0).at("user") = {
            {"token", token.substr(0, token.find_last_not_of("\n") + 1)}};
        std::ofstream(kubeconfig_) << json::serialize(config);
    }

    json::value rights() const {
        const auto answer = system_->curl({system_->url("orchestrator") + "/health/ready"});
        return json::parse(answer.out).at("kubernetes_rights");
    }

    /// Waits until the preflight says so; RBAC itself takes a moment.
    bool rights_become(const std::string& state) const {
        return testing::eventually([&] { return rights().at("state").as_string() == state; },
                                   std::chrono::seconds(90));
    }

    std::size_t cronjobs() const {
        const auto listed = admin({"get", "cronjobs", "-n", name_space_, "-o", "name"}).out;
        return static_cast<std::size_t>(std::ranges::count(listed, '\n'));
    }

    testing::Finished remove_cronjob() const {
        return system_->curl(
            {"-o", folder_.file("removed"), "-w", "%{http_code}", "-X", "DELETE",
             system_->url("orchestrator") + "/orchestrate/project/TEST-001/cronjob/" + kCronJob});
    }

    testing::TemporaryFolder folder_;
    const std::string name_space_ = "rights-" + rt::make_system_random()->hex(4);
    const std::string kubeconfig_ = folder_.file("kubeconfig");
    std::unique_ptr<System> system_;
};

std::string warnings_of(const json::value& answer) {
    return json::serialize(answer.at("decisions").at("warnings"));
}

TEST_F(LeastRights, ExactlyTheRoleIsEnoughForEverything) {
    ASSERT_TRUE(rights_become("granted")) << json::serialize(rights());

    EXPECT_EQ(system_->orchestrate("TEST-001").at("cronjob_name"), kCronJob);
    EXPECT_TRUE(system_->orchestrate("TEST-001").at("actions_taken").as_array().empty());
    const auto status =
        system_->curl({system_->url("orchestrator") + "/orchestrate/project/TEST-001/status"});
    EXPECT_EQ(json::parse(status.out).at("cronjobs_state"), "known") << status.out;
    EXPECT_EQ(remove_cronjob().out, "200");
    EXPECT_EQ(cronjobs(), 0U);
    EXPECT_TRUE(testing::eventually([&] { return system_->dsm({"doctor"}).exit_code == 0; }))
        << system_->dsm({"doctor"}).out;
}

TEST_F(LeastRights, EachMissingVerbIsNamedStopsOnlyWhatNeedsItAndHealsWhenGivenBack) {
    ASSERT_TRUE(rights_become("granted"));
    for (const auto& verb : kVerbs) {
        SCOPED_TRACE(verb);
        const std::string right = verb + " cronjobs.batch in namespace " + name_space_;
        grant_all_but(verb);
        ASSERT_TRUE(rights_become("missing"));
        EXPECT_EQ(json::serialize(rights().at("missing")), "[\"" + right + "\"]");
        const auto doctor = system_->dsm({"doctor"});
        EXPECT_EQ(doctor.exit_code, 1);
        EXPECT_NE(
            doctor.out.find("- {apiGroups: [\"batch\"], resources: [\"cronjobs\"], verbs: [\"" +
                            verb + "\"]}"),
            std::string::npos)
            << doctor.out;

        const std::size_t before = cronjobs();
        const json::value answer = system_->orchestrate("TEST-001");
        const bool stops_the_post = verb == "get" || verb == "create";
        EXPECT_EQ(warnings_of(answer).find("not allowed to " + right) != std::string::npos,
                  stops_the_post)
            << warnings_of(answer);
        EXPECT_EQ(cronjobs(), stops_the_post ? before : 1U);
        const auto status =
            system_->curl({system_->url("orchestrator") + "/orchestrate/project/TEST-001/status"});
        EXPECT_EQ(json::parse(status.out).at("cronjobs_state"),
                  verb == "list" ? "unknown" : "known");

        grant(kVerbs);
        ASSERT_TRUE(rights_become("granted"));
        system_->orchestrate("TEST-001");
        EXPECT_EQ(cronjobs(), 1U);
        EXPECT_EQ(remove_cronjob().out, "200");
    }
}

TEST_F(LeastRights, ARemovalThatIsNotAllowedSaysSoAndRemovesNothing) {
    ASSERT_TRUE(rights_become("granted"));
    system_->orchestrate("TEST-001");
    grant_all_but("delete");
    ASSERT_TRUE(rights_become("missing"));

    const auto status = remove_cronjob().out;

    EXPECT_NE(status, "500");
    EXPECT_NE(status, "200");
    EXPECT_NE(testing::read_file(folder_.file("removed")).find("not allowed to delete"),
              std::string::npos);
    EXPECT_EQ(cronjobs(), 1U);
}

}  // namespace
}  // namespace dsm::e2e
