// Where a setting's value comes from, what is refused, and that the page in docs/ is the truth.
#include "dsm/settings/settings.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

namespace dsm::settings {
namespace {

Lookup environment_of(std::map<std::string, std::string> variables) {
    return [variables = std::move(variables)](std::string_view name) -> std::optional<std::string> {
        const auto found = variables.find(std::string(name));
        if (found == variables.end()) return std::nullopt;
        return found->second;
    };
}

TEST(Settings, ListsEveryBadOneAtOnceAndSaysWhereItCameFrom) {
    const auto environment = environment_of({{"REDIS_PORT", "abc"}, {"LOG_LEVEL", "loud"}});

    const auto settings = read({{"K8S_NAMESPACE", "Not_A_Label"}}, environment, kUp);

    ASSERT_FALSE(settings.has_value());
    ASSERT_EQ(settings.error().size(), 3U);
    EXPECT_EQ(settings.error()[0],
              "REDIS_PORT=abc (environment): must be a whole number from 1 to 65535");
    EXPECT_TRUE(settings.error()[1].starts_with("K8S_NAMESPACE=Not_A_Label (flag): must be"));
    EXPECT_EQ(settings.error()[2],
              "LOG_LEVEL=loud (environment): must be debug, info, warning or error");
}

TEST(Settings, ShowsNoAddressThatMayHoldAPassword) {
    for (const char* address : {"http://user:sesame@127.0.0.1:1", "http://127.0.0.1:1/?t=sesame"}) {
        const auto settings = read({}, environment_of({{"CHRONICLE_SERVICE_URL", address}}), kUp);

        ASSERT_FALSE(settings.has_value()) << address;
        EXPECT_TRUE(settings.error()[0].starts_with("CHRONICLE_SERVICE_URL=*** (environment): "))
            << settings.error()[0];
    }
}

TEST(Settings, IgnoresABadValueOfASettingThatThisCommandDoesNotRead) {
    const auto environment = environment_of({{"DSM_LISTEN", "nonsense"}});

    EXPECT_TRUE(read({}, environment, kUp).has_value());
    EXPECT_FALSE(read({}, environment, kServe).has_value());
}

struct BadText {
    const char* name;
    const char* text;
};

TEST(Settings, RefusesWhatIsNotOfItsKind) {
    const BadText table[] = {
        {.name = "PROJECT_SERVICE_URL", .text = "project:80"},
        {.name = "PROJECT_SERVICE_URL", .text = "http://"},
        {.name = "PROJECT_SERVICE_URL", .text = "http://host:99999"},
        {.name = "PROJECT_SERVICE_URL", .text = "http://a b"},
        {.name = "PROJECT_SERVICE_URL", .text = "ftp://host"},
        {.name = "REDIS_HOST", .text = "redis://host"},
        {.name = "REDIS_PORT", .text = "0"},
        {.name = "REDIS_PORT", .text = "65536"},
        {.name = "REDIS_PORT", .text = " 6379"},
        {.name = "REDIS_DB", .text = "-1"},
        {.name = "REDIS_STREAM_NAME", .text = "two words"},
        {.name = "K8S_NAMESPACE", .text = "-dsm"},
        {.name = "ALLOWED_HOSTS", .text = "a.example, b c"},
        {.name = "CALL_TIMEOUT_MS", .text = "5s"},
        {.name = "SIMULATED_PROGRESS", .text = "maybe"},
        {.name = "CLOCK_OFFSET_S", .text = "1h"},
        {.name = "CLOCK_OFFSET_S", .text = "99999999999"},
        {.name = "POSTGRES_DSN", .text = "postgresql://[::1"},
        {.name = "POSTGRES_SSLMODE", .text = "sometimes"},
        {.name = "POSTGRES_SSLROOTCERT", .text = "/nowhere/root.crt"},
        {.name = "POSTGRES_SSLCERT", .text = "/nowhere/dsm.crt"},
        {.name = "POSTGRES_SSLKEY", .text = "/nowhere/dsm.key"},
        {.name = "POSTGRES_TIMEOUT_MS", .text = "499"},
        {.name = "POSTGRES_CONNECT_TIMEOUT_S", .text = "1"},
        {.name = "POSTGRES_POOL_SIZE", .text = "0"},
        {.name = "DSM_LISTEN", .text = "80"},
        {.name = "DSM_LISTEN", .text = "::1:80"},
    };
    for (const auto& row : table) {
        const auto settings = read({}, environment_of({{row.name, row.text}}), kUp | kServe);

        EXPECT_FALSE(settings.has_value()) << row.name << "=" << row.text;
    }
}

TEST(Settings, PrefersTheFlagThenTheVariableThenTheDefault) {
    const auto environment = environment_of({{"REDIS_HOST", "from-env"}, {"REDIS_PORT", "7000"}});

    const auto settings = read({{"REDIS_HOST", "from-flag"}}, environment, kUp);

    ASSERT_TRUE(settings.has_value());
    EXPECT_EQ(settings->redis_host, "from-flag");
    EXPECT_EQ(settings->redis_port, 7000);
    EXPECT_EQ(settings->redis_stream_name, "orchestration_events");
    EXPECT_EQ(settings->k8s_namespace, "dsm");
}

TEST(Settings, TakesAnEmptyVariableAsNotSet) {
    const auto settings = read({}, environment_of({{"REDIS_PORT", ""}}), kUp);

    ASSERT_TRUE(settings.has_value());
    EXPECT_EQ(settings->redis_port, 6379);
}

TEST(Settings, ReadsAddressesListsAndPaths) {
    const auto settings = read({{"DSM_DATA", "/tmp/a/../b/"}},
                               environment_of({{"CHRONICLE_SERVICE_URL", "http://[::1]:8084/"},
                                               {"ALLOWED_HOSTS", "a.example, b.example,"},
                                               {"DSM_LISTEN", "[::]:8080"}}),
                               kUp | kServe);

    ASSERT_TRUE(settings.has_value());
    EXPECT_EQ(settings->data, "/tmp/b");
    EXPECT_EQ(settings->chronicle_url, "http://[::1]:8084");
    EXPECT_EQ(settings->allowed_hosts, (std::vector<std::string>{"a.example", "b.example"}));
    EXPECT_EQ(settings->listen, (ListenAddress{"::", 8080}));
}

TEST(Settings, NeverRepeatsASecret) {
    for (const auto& declaration : declarations()) {
        if (declaration.name.ends_with("_PASSWORD") || declaration.name.ends_with("_DSN")) {
            EXPECT_TRUE(declaration.flag.empty()) << declaration.name;
        }
    }
    const auto settings = read({}, environment_of({{"POSTGRES_DSN", "password=sesame x"}}), kUp);

    ASSERT_FALSE(settings.has_value());
    EXPECT_TRUE(settings.error()[0].starts_with("POSTGRES_DSN=*** (environment): must be"))
        << settings.error()[0];
    EXPECT_EQ(settings.error()[0].find("sesame"), std::string::npos);
}

TEST(Settings, RefuseTwoAddressesOfOneServer) {
    const auto settings = read({{"POSTGRES_HOST", "db.example"}},
                               environment_of({{"POSTGRES_DSN", "postgresql://db.example"}}), kUp);

    ASSERT_FALSE(settings.has_value());
    EXPECT_EQ(settings.error()[0],
              "POSTGRES_DSN and POSTGRES_HOST both say where the stores are: give one of them");
}

TEST(Settings, AreDeclaredOnceEach) {
    std::set<std::string_view> names;
    std::set<std::string_view> flags;

    for (const auto& one : declarations()) {
        EXPECT_TRUE(names.insert(one.name).second) << one.name;
        if (!one.flag.empty()) EXPECT_TRUE(flags.insert(one.flag).second) << one.flag;
        EXPECT_TRUE(one.doc.ends_with('.')) << one.name;
    }
}

TEST(Settings, AreDocumentedWordForWord) {
    std::ifstream file(std::string(DSM_SOURCE_DIR) + "/docs/configuration.md");
    std::stringstream page;
    page << file.rdbuf();

    EXPECT_EQ(page.str(), markdown()) << "run: dsm settings --markdown > docs/configuration.md";
}

TEST(Settings, GiveOneCalleeItsOwnPolicyAndTheOthersTheGeneralOne) {
    const auto environment = environment_of({{"K8S_CALL_TIMEOUT_MS", "9000"},
                                             {"K8S_BREAKER_FAILURES", "3"},
                                             {"CALL_TIMEOUT_MS", "700"}});

    const auto settings = read({{"CALL_TIMEOUT_MS", "800"}}, environment, kUp);

    ASSERT_TRUE(settings.has_value());
    using std::chrono::milliseconds;
    EXPECT_EQ(settings->calls_to(Callee::kKubernetes).timeout, milliseconds(9'000));
    EXPECT_EQ(settings->calls_to(Callee::kKubernetes).breaker_failures, 3);
    EXPECT_EQ(settings->calls_to(Callee::kKubernetes).attempts, 3);
    EXPECT_EQ(settings->calls_to(Callee::kChronicle).timeout, milliseconds(800));
    EXPECT_EQ(settings->calls_to(Callee::kChronicle).breaker_failures, 10);
}

TEST(Settings, AskRedisSoonerUnlessToldOtherwise) {
    const auto seconds_open = [](std::map<std::string, std::string> variables) {
        const auto settings = read({}, environment_of(std::move(variables)), kUp);
        return settings.value().calls_to(Callee::kRedis).breaker_open.count();
    };

    EXPECT_EQ(seconds_open({}), 1);
    EXPECT_EQ(seconds_open({{"BREAKER_OPEN_S", "7"}}), 1) << "its own default is the nearer one";
    EXPECT_EQ(seconds_open({{"REDIS_BREAKER_OPEN_S", "9"}}), 9);
}

TEST(Settings, RefuseABadPolicyOfEachCalleeUnderItsOwnName) {
    for (const auto& callee : kCallees) {
        const std::string prefix(callee.prefix);
        const auto settings = read({},
                                   environment_of({{prefix + "CALL_TIMEOUT_MS", "5s"},
                                                   {prefix + "RETRY_BUDGET_PERCENT", "101"}}),
                                   kServe);

        ASSERT_FALSE(settings.has_value()) << prefix;
        ASSERT_EQ(settings.error().size(), 2U) << prefix;
        EXPECT_EQ(settings.error()[0], prefix +
                                           "CALL_TIMEOUT_MS=5s (environment): must be "
                                           "milliseconds from 100 to 60000");
        EXPECT_EQ(settings.error()[1], prefix +
                                           "RETRY_BUDGET_PERCENT=101 (environment): must be "
                                           "a whole number from 0 to 100");
    }
}

TEST(Settings, HaveOneCalleeAnEntryOfTheEnumAndNoNameTwice) {
    for (std::size_t i = 0; i < kCallees.size(); ++i) {
        EXPECT_EQ(static_cast<std::size_t>(kCallees[i].callee), i) << kCallees[i].prefix;
    }
    const auto all = names();

    EXPECT_EQ(std::set(all.begin(), all.end()).size(), all.size());
    EXPECT_EQ(all.size(), declarations().size() + 6 * kCallees.size());
}

}  // namespace
}  // namespace dsm::settings
