// What the product needs of a Kubernetes API, through its client: on every cluster alike.
#include <gtest/gtest.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/json.hpp>
#include <set>

#include "libs/base/time.hpp"
#include "libs/kube/client.hpp"
#include "libs/testing/await.hpp"
#include "libs/testing/process.hpp"
#include "tests/kube/clusters.hpp"

namespace dsm::kube::testing {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;

json::object cron_job(const std::string& name, json::object labels = {},
                      const std::string& schedule = "0 14 * * 1-5") {
    json::value object = json::parse(R"({"apiVersion": "batch/v1", "kind": "CronJob",
        "metadata": {"annotations": {"example.com/why": "a test"}},
        "spec": {"suspend": true, "concurrencyPolicy": "Forbid", "timeZone": "Europe/Berlin",
          "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "Never",
            "containers": [{"name": "c", "image": "dsm:1", "env": [
              {"name": "SPRINT_ID", "value": "S1"}]}]}}}}}})");
    object.at("metadata").as_object()["name"] = name;
    object.at("metadata").as_object()["labels"] = std::move(labels);
    object.at("spec").as_object()["schedule"] = schedule;
    return object.as_object();
}

/// Whether everything of `part` is in `whole`; lists item by item.
bool holds(const json::value& whole, const json::value& part) {
    if (part.is_array()) {
        return whole.is_array() && std::ranges::equal(whole.get_array(), part.get_array(), holds);
    }
    if (!part.is_object()) return whole == part;
    return whole.is_object() && std::ranges::all_of(part.get_object(), [&](const auto& member) {
               const auto* found = whole.get_object().if_contains(member.key());
               return found && holds(*found, member.value());
           });
}

std::string text(const json::object& object, const char* member) {
    const json::value* found = object.at("metadata").as_object().if_contains(member);
    return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

template <class A, class Outcome>
bool is(const Outcome& outcome) {
    return std::holds_alternative<A>(outcome);
}

class KubeContract : public ::testing::TestWithParam<std::string> {
protected:
    void SetUp() override {
        cluster_ = make_cluster(GetParam());
        name_space_ = cluster_->name_space();
    }

    template <class T>
    T with_client(std::function<asio::awaitable<T>(Client&)> call) {
        return dsm::testing::await([](Access access, std::function<asio::awaitable<T>(Client&)> run,
                                      const rt::Clock& clock) -> asio::awaitable<T> {
            const auto executor = co_await asio::this_coro::executor;
            Client client(executor, access, {.user_agent = "dsm/test", .page_size = 2}, clock);
            auto outcome = co_await run(client);
            client.close();
            co_return outcome;
        }(cluster_->access(), std::move(call), clock_));
    }

    rt::Deadline soon() const { return rt::Deadline::after(clock_, 60s); }

    GetOutcome get(const std::string& name) {
        return with_client<GetOutcome>(
            [&](Client& c) { return c.get(kCronJobs, name_space_, name, soon()); });
    }
    CreateOutcome create(const json::object& object) {
        return with_client<CreateOutcome>(
            [&](Client& c) { return c.create(kCronJobs, name_space_, object, soon()); });
    }
    DeleteOutcome remove(const std::string& name, const std::string& uid = "",
                         Propagation propagation = Propagation::kBackground) {
        return with_client<DeleteOutcome>([&](Client& c) {
            return c.remove({.resource = kCronJobs,
                             .name_space = name_space_,
                             .name = name,
                             .uid = uid,
                             .propagation = propagation},
                            soon());
        });
    }
    ListOutcome list(const std::string& selector = "") {
        return with_client<ListOutcome>([&](Client& c) {
            return c.list(
                {.resource = kCronJobs, .name_space = name_space_, .label_selector = selector},
                soon());
        });
    }
    std::vector<std::string> names(const std::string& selector = "") {
        const auto outcome = list(selector);
        EXPECT_TRUE(is<Listed>(outcome)) << selector;
        std::vector<std::string> found;
        if (!is<Listed>(outcome)) return found;
        for (const auto& item : std::get<Listed>(outcome).items) {
            found.push_back(text(item, "name"));
        }
        return found;
    }

    rt::SystemClock clock_;
    std::unique_ptr<AnyCluster> cluster_;
    std::string name_space_;
};

INSTANTIATE_TEST_SUITE_P(On, KubeContract, ::testing::ValuesIn(cluster_names()),
                         [](const auto& info) { return info.param; });

TEST(KubeContract, HoldsOnARealClusterToo) {
    if (std::getenv("DSM_TEST_KUBECONFIG") == nullptr) {
        GTEST_SKIP() << "DSM_TEST_KUBECONFIG=FILE runs the contract on the cluster whose "
                        "administrator the file names";
    }
    EXPECT_EQ(cluster_names().back(), "real");
}

TEST_P(KubeContract, TellsWhatIsThereFromWhatIsNot) {
    EXPECT_TRUE(is<Absent>(get("run-a")));
    ASSERT_TRUE(is<Created>(create(cron_job("run-a"))));

    EXPECT_TRUE(is<Present>(get("run-a")));
    EXPECT_TRUE(is<Absent>(get("run-b")));
    EXPECT_TRUE(is<AlreadyExists>(create(cron_job("run-a", {}, "1 1 * * *"))));
    const auto after = get("run-a");
    ASSERT_TRUE(is<Present>(after));
    EXPECT_EQ(std::get<Present>(after).object.at("spec").at("schedule"), "0 14 * * 1-5");
}

TEST_P(KubeContract, KeepsWhatWasGivenAndAddsWhatOnlyTheServerKnows) {
    const auto wanted = cron_job("run-a", {{"app", "dsm"}, {"example.com/sprint", "S1"}});

    const auto created = create(wanted);
    const auto found = get("run-a");

    ASSERT_TRUE(is<Created>(created));
    ASSERT_TRUE(is<Present>(found));
    EXPECT_EQ(std::get<Created>(created).object, std::get<Present>(found).object);
    const json::object& object = std::get<Present>(found).object;
    EXPECT_TRUE(holds(object, wanted)) << json::serialize(object);
    EXPECT_EQ(text(object, "namespace"), name_space_);
    EXPECT_NE(text(object, "uid"), "");
    EXPECT_NE(text(object, "resourceVersion"), "");
    EXPECT_TRUE(parse_rfc3339(text(object, "creationTimestamp")).has_value());
}

TEST_P(KubeContract, NeverGivesAUidTwice) {
    std::set<std::string> uids;
    for (int i = 0; i < 3; ++i) {
        const auto created = create(cron_job("run-a"));
        ASSERT_TRUE(is<Created>(created));
        uids.insert(text(std::get<Created>(created).object, "uid"));
        ASSERT_TRUE(is<Deleted>(remove("run-a")));
    }

    EXPECT_EQ(uids.size(), 3U);
}

TEST_P(KubeContract, RefusesWhatIsNoCronJobAndSaysWhy) {
    const auto schedule = create(cron_job("run-a", {}, "61 * * * *"));
    const auto empty = create(cron_job("run-a", {}, ""));
    const auto name = create(cron_job(std::string(53, 'a')));

    for (const auto* outcome : {&schedule, &empty, &name}) {
        ASSERT_TRUE(is<Refused>(*outcome));
        EXPECT_EQ(std::get<Refused>(*outcome).reason, "Invalid");
    }
    EXPECT_TRUE(std::get<Refused>(schedule).message.contains("spec.schedule"));
    EXPECT_TRUE(std::get<Refused>(empty).message.contains("spec.schedule"));
    EXPECT_TRUE(std::get<Refused>(name).message.contains("metadata.name"));
    EXPECT_EQ(names(), std::vector<std::string>{});
}

TEST_P(KubeContract, KnowsANamespaceThatIsNotThereFromAnEmptyOne) {
    name_space_ = "nowhere";
    const auto created = create(cron_job("run-a"));

    ASSERT_TRUE(is<Refused>(created));
    EXPECT_EQ(std::get<Refused>(created).reason, "NotFound");
    EXPECT_TRUE(is<Absent>(get("run-a")));
    EXPECT_TRUE(is<Absent>(remove("run-a")));
    EXPECT_EQ(names(), std::vector<std::string>{});
}

TEST_P(KubeContract, DeletesTheObjectThatWasMeantAndNoLaterOne) {
    const auto first = create(cron_job("run-a"));
    ASSERT_TRUE(is<Created>(first));
    const std::string uid = text(std::get<Created>(first).object, "uid");
    ASSERT_TRUE(is<Deleted>(remove("run-a", uid)));
    ASSERT_TRUE(is<Created>(create(cron_job("run-a"))));

    EXPECT_TRUE(is<Conflict>(remove("run-a", uid)));
    EXPECT_TRUE(is<Present>(get("run-a")));
    EXPECT_TRUE(is<Deleted>(remove("run-a")));
    EXPECT_TRUE(is<Absent>(remove("run-a")));
    EXPECT_TRUE(is<Absent>(get("run-a")));
}

TEST_P(KubeContract, DeletesWithEveryPropagation) {
    for (const auto propagation :
         {Propagation::kBackground, Propagation::kForeground, Propagation::kOrphan}) {
        ASSERT_TRUE(is<Created>(create(cron_job("run-a"))));

        EXPECT_TRUE(is<Deleted>(remove("run-a", "", propagation)));
        EXPECT_TRUE(dsm::testing::eventually([&] { return is<Absent>(get("run-a")); }));
    }
}

TEST_P(KubeContract, ListsInTheOrderOfNamesPageByPage) {
    for (const char* name : {"run-c", "run-a", "run-e", "run-b", "run-d"}) {
        ASSERT_TRUE(is<Created>(create(cron_job(name))));
    }

    const auto outcome = list();

    EXPECT_EQ(names(), (std::vector<std::string>{"run-a", "run-b", "run-c", "run-d", "run-e"}));
    ASSERT_TRUE(is<Listed>(outcome));
    EXPECT_NE(std::get<Listed>(outcome).resource_version, "");
    for (const auto& item : std::get<Listed>(outcome).items) {
        EXPECT_EQ(item.at("kind"), "CronJob");
        EXPECT_EQ(item.at("apiVersion"), "batch/v1");
    }
}

TEST_P(KubeContract, SelectsByLabels) {
    ASSERT_TRUE(is<Created>(create(cron_job("run-a", {{"app", "dsm"}, {"sprint", "S1"}}))));
    ASSERT_TRUE(is<Created>(create(cron_job("run-b", {{"app", "dsm"}, {"sprint", "S2"}}))));
    ASSERT_TRUE(is<Created>(create(cron_job("run-c", {{"app", "other"}}))));
    ASSERT_TRUE(is<Created>(create(cron_job("run-d"))));
    using Names = std::vector<std::string>;

    EXPECT_EQ(names("app=dsm"), (Names{"run-a", "run-b"}));
    EXPECT_EQ(names("app=dsm,sprint=S2"), Names{"run-b"});
    EXPECT_EQ(names("app!=dsm"), (Names{"run-c", "run-d"}));
    EXPECT_EQ(names("sprint"), (Names{"run-a", "run-b"}));
    EXPECT_EQ(names("!app"), Names{"run-d"});
    EXPECT_EQ(names("app in (dsm,other),!sprint"), Names{"run-c"});
    EXPECT_EQ(names("app=none"), Names{});
    EXPECT_TRUE(is<Unknown>(list("app in (")));
}

TEST_P(KubeContract, MakesOneObjectOfTwoCreatesAtOnce) {
    for (int round = 0; round < 5; ++round) {
        const std::string name = "run-" + std::to_string(round);
        using Both = std::tuple<CreateOutcome, CreateOutcome>;
        const auto both = with_client<Both>([&](Client& c) -> asio::awaitable<Both> {
            using namespace asio::experimental::awaitable_operators;
            return c.create(kCronJobs, name_space_, cron_job(name), soon()) &&
                   c.create(kCronJobs, name_space_, cron_job(name), soon());
        });

        const auto& [one, other] = both;
        EXPECT_EQ(is<Created>(one) + is<Created>(other), 1) << name;
        EXPECT_EQ(is<AlreadyExists>(one) + is<AlreadyExists>(other), 1) << name;
    }
}

TEST_P(KubeContract, SaysWhatIsForbiddenAndProvesNothingByIt) {
    ASSERT_TRUE(is<Created>(create(cron_job("run-a"))));
    cluster_->take_rights_away();

    const auto got = get("run-a");
    EXPECT_TRUE(is<Forbidden>(create(cron_job("run-b"))));
    EXPECT_TRUE(is<Forbidden>(list()));
    EXPECT_TRUE(is<Forbidden>(remove("run-a")));
    EXPECT_TRUE(is<Forbidden>(get("run-none")));
    ASSERT_TRUE(is<Forbidden>(got));
    EXPECT_EQ(describe(std::get<Forbidden>(got)),
              "not allowed to get cronjobs.batch in namespace " + name_space_);
}

TEST_P(KubeContract, AnswersToSomebodyWhoOnlyAsksWhetherItIsThere) {
    EXPECT_TRUE(with_client<bool>([&](Client& c) { return c.reachable(soon()); }));
}

}  // namespace
}  // namespace dsm::kube::testing
