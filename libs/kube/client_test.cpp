// The client against API servers that are played: every outcome, retries, paging and credentials.
#include "libs/kube/client.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/this_coro.hpp>
#include <boost/json.hpp>
#include <fstream>
#include <mutex>

#include "libs/testing/await.hpp"
#include "libs/testing/fake_server.hpp"
#include "libs/testing/process.hpp"

namespace dsm::kube {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using http::Request;
using http::Response;
using testing::FakeServer;
using testing::RawServer;
using namespace std::chrono_literals;

const rt::SystemClock kClock;

template <class T>
asio::awaitable<T> with_client(Access access, std::function<asio::awaitable<T>(Client&)> call) {
    const auto executor = co_await asio::this_coro::executor;
    Client client(executor, access, {.user_agent = "dsm/test", .page_size = 2}, kClock);
    auto outcome = co_await call(client);
    client.close();
    co_return outcome;
}

rt::Deadline within(std::chrono::milliseconds budget) {
    return rt::Deadline::after(kClock, budget);
}

GetOutcome get(const Access& access, std::chrono::milliseconds budget = 60s) {
    return testing::await(with_client<GetOutcome>(
        access, [&](Client& c) { return c.get(kCronJobs, "dsm", "run-a", within(budget)); }));
}
CreateOutcome create(const Access& access, std::chrono::milliseconds budget = 60s) {
    json::object object{{"kind", "CronJob"}, {"metadata", {{"name", "run-a"}}}};
    return testing::await(with_client<CreateOutcome>(
        access, [&](Client& c) { return c.create(kCronJobs, "dsm", object, within(budget)); }));
}
ListOutcome list(const Access& access) {
    return testing::await(with_client<ListOutcome>(access, [&](Client& c) {
        return c.list({.resource = kCronJobs, .name_space = "dsm", .label_selector = "a=b"},
                      within(60s));
    }));
}
DeleteOutcome remove(const Access& access, const std::string& uid = "") {
    return testing::await(with_client<DeleteOutcome>(access, [&](Client& c) {
        return c.remove({.resource = kCronJobs, .name_space = "dsm", .name = "run-a", .uid = uid},
                        within(60s));
    }));
}

json::object object_named(const std::string& name) {
    return {{"kind", "CronJob"},
            {"apiVersion", "batch/v1"},
            {"metadata", {{"name", name}, {"namespace", "dsm"}}}};
}

Response status(int code, const std::string& reason, json::object details = {}) {
    return Response::json(code, {{"kind", "Status"},
                                 {"apiVersion", "v1"},
                                 {"status", "Failure"},
                                 {"reason", reason},
                                 {"message", "because " + reason},
                                 {"details", details},
                                 {"code", code}});
}

Response not_found() {
    return status(404, "NotFound", {{"name", "run-a"}, {"group", "batch"}, {"kind", "cronjobs"}});
}

std::string why_of(const GetOutcome& outcome) {
    const auto* unknown = std::get_if<Unknown>(&outcome);
    return unknown == nullptr ? "not unknown" : unknown->why;
}

TEST(KubeClient, KnowsNothingWithoutAWholeAnswer) {
    FakeServer stopped([](const Request&) { return not_found(); });
    stopped.stop();
    FakeServer hanging([](const Request&) { return not_found(); });
    hanging.hang(true);
    const RawServer closing("");
    const RawServer truncated(
        "HTTP/1.1 404 Not Found\r\nContent-Length: 500\r\n\r\n{\"kind\":\"Status\",\"reas");
    const RawServer noise("\x16\x03\x01 nonsense\r\n\r\n");

    for (const std::string& url :
         {stopped.url(), hanging.url(), closing.url(), truncated.url(), noise.url()}) {
        const auto outcome = get({.server = url}, 600ms);

        EXPECT_TRUE(std::holds_alternative<Unknown>(outcome)) << url;
        EXPECT_FALSE(why_of(outcome).empty());
        EXPECT_TRUE(std::holds_alternative<Unknown>(create({.server = url}, 600ms)));
    }
    hanging.hang(false);
}

TEST(KubeClient, TellsAbsentFromPresentFromForbidden) {
    const FakeServer absent([](const Request&) { return not_found(); });
    const FakeServer present(
        [](const Request&) { return Response::json(200, object_named("run-a")); });
    const FakeServer forbidden([](const Request&) { return status(403, "Forbidden"); });
    const FakeServer page([](const Request&) { return Response::text(404, "<html>"); });

    EXPECT_TRUE(std::holds_alternative<Absent>(get({.server = absent.url()})));
    EXPECT_TRUE(std::holds_alternative<Present>(get({.server = present.url()})));
    const auto refused = get({.server = forbidden.url()});
    ASSERT_TRUE(std::holds_alternative<Forbidden>(refused));
    EXPECT_EQ(describe(std::get<Forbidden>(refused)),
              "not allowed to get cronjobs.batch in namespace dsm");
    EXPECT_TRUE(std::holds_alternative<Unknown>(get({.server = page.url()})));
}

TEST(KubeClient, AsksForTheObjectAsTheApiSays) {
    std::mutex mutex;
    std::vector<Request> seen;
    const FakeServer server([&](const Request& request) {
        std::lock_guard lock(mutex);
        seen.push_back(request);
        return request.method == "POST" ? Response::json(201, object_named("run-a"))
               : request.method == "DELETE"
                   ? Response::json(200, {{"kind", "Status"}, {"status", "Success"}})
                   : not_found();
    });
    const Access access{.server = server.url() + "/proxy", .token = "secret"};

    get(access);
    EXPECT_TRUE(std::holds_alternative<Created>(create(access)));
    EXPECT_TRUE(std::holds_alternative<Deleted>(remove(access, "u-1")));

    ASSERT_EQ(seen.size(), 3U);
    EXPECT_EQ(seen[0].target, "/proxy/apis/batch/v1/namespaces/dsm/cronjobs/run-a");
    EXPECT_EQ(seen[0].headers.find("User-Agent"), "dsm/test");
    EXPECT_EQ(seen[1].target, "/proxy/apis/batch/v1/namespaces/dsm/cronjobs");
    EXPECT_EQ(json::parse(seen[2].body), json::value({{"kind", "DeleteOptions"},
                                                      {"apiVersion", "v1"},
                                                      {"propagationPolicy", "Background"},
                                                      {"preconditions", {{"uid", "u-1"}}}}));
    // Over plain HTTP anyone could read it.
    for (const Request& request : seen) EXPECT_FALSE(request.headers.find("Authorization"));
}

TEST(KubeClient, RepeatsWhatTheServerAskedToRepeatWithinTheDeadline) {
    std::atomic<int> calls = 0;
    const FakeServer busy([&](const Request&) {
        Response answer = calls++ < 2 ? status(429, "TooManyRequests") : not_found();
        answer.headers.set("Retry-After", "0");
        return answer;
    });
    const FakeServer patient([&](const Request&) {
        Response answer = status(503, "ServiceUnavailable");
        answer.headers.set("Retry-After", "600");
        return answer;
    });
    std::atomic<int> endless_calls = 0;
    const FakeServer endless([&](const Request&) {
        ++endless_calls;
        Response answer = status(500, "InternalError");
        answer.headers.set("Retry-After", "0");
        return answer;
    });
    std::atomic<int> final_calls = 0;
    const FakeServer final_error([&](const Request&) {
        ++final_calls;
        return status(500, "InternalError");
    });

    EXPECT_TRUE(std::holds_alternative<Absent>(get({.server = busy.url()})));
    EXPECT_EQ(calls, 3);
    const auto began = kClock.steady();
    EXPECT_TRUE(why_of(get({.server = patient.url()}, 120s)).contains("503"));
    EXPECT_LT(kClock.steady() - began, 60s) << "a wait that would take too long is not begun";
    EXPECT_TRUE(std::holds_alternative<Unknown>(create({.server = endless.url()})));
    EXPECT_EQ(endless_calls, 3);
    EXPECT_TRUE(std::holds_alternative<Unknown>(get({.server = final_error.url()})));
    EXPECT_EQ(final_calls, 1);
}

TEST(KubeClient, SendsToAServerThatAlwaysFailsLittleMoreThanItsCalls) {
    std::atomic<int> requests = 0;
    const FakeServer ill([&](const Request&) {
        ++requests;
        Response answer = status(503, "ServiceUnavailable");
        answer.headers.set("Retry-After", "0");
        return answer;
    });
    constexpr int kCalls = 200;

    const auto call_often = [](Client& client) -> asio::awaitable<int> {
        int unknown = 0;
        for (int i = 0; i < kCalls; ++i) {
            const auto outcome = co_await client.get(kCronJobs, "dsm", "run-a", within(60s));
            if (std::holds_alternative<Unknown>(outcome)) ++unknown;
        }
        co_return unknown;
    };
    EXPECT_EQ(testing::await(with_client<int>({.server = ill.url()}, call_often)), kCalls);
    EXPECT_LE(requests, kCalls * 11 / 10 + 10);
    EXPECT_GT(requests, kCalls);
}

TEST(KubeClient, NeverRepeatsACreateWhoseAnswerWasLost) {
    const RawServer closing("");

    EXPECT_TRUE(std::holds_alternative<Unknown>(create({.server = closing.url()})));
    EXPECT_EQ(closing.connections(), 1);
    get({.server = closing.url()});
    EXPECT_GT(closing.connections(), 2);
}

TEST(KubeClient, ReadsAllPagesOfAList) {
    const FakeServer server([&](const Request& request) {
        EXPECT_EQ(request.query.find("limit"), "2");
        EXPECT_EQ(request.query.find("labelSelector"), "a=b");
        const bool first = !request.query.find("continue");
        json::array items{object_named(first ? "a" : "b")};
        json::object metadata{{"resourceVersion", "9"}};
        if (first) metadata["continue"] = "next=&page";
        if (!first) EXPECT_EQ(request.query.find("continue"), "next=&page");
        return Response::json(200, {{"kind", "CronJobList"},
                                    {"apiVersion", "batch/v1"},
                                    {"metadata", metadata},
                                    {"items", items}});
    });

    const auto outcome = list({.server = server.url()});

    ASSERT_TRUE(std::holds_alternative<Listed>(outcome));
    EXPECT_EQ(std::get<Listed>(outcome).items.size(), 2U);
    EXPECT_EQ(std::get<Listed>(outcome).resource_version, "9");
}

TEST(KubeClient, BeginsAListAgainThatExpiredInTheMiddleAndNeverGivesHalfOfOne) {
    std::atomic<int> expiries = 0;
    std::atomic<int> limit = 1;
    const FakeServer server([&](const Request& request) {
        const bool first = !request.query.find("continue");
        if (!first && expiries++ < limit) return status(410, "Expired");
        json::object metadata;
        if (first) metadata["continue"] = "x";
        return Response::json(200, {{"kind", "CronJobList"},
                                    {"apiVersion", "batch/v1"},
                                    {"metadata", metadata},
                                    {"items", json::array{object_named("a")}}});
    });

    const auto outcome = list({.server = server.url()});
    ASSERT_TRUE(std::holds_alternative<Listed>(outcome));
    EXPECT_EQ(std::get<Listed>(outcome).items.size(), 2U);

    limit = 1000;
    EXPECT_TRUE(std::holds_alternative<Unknown>(list({.server = server.url()})));
}

TEST(KubeClient, AsksNothingWithoutAName) {
    std::atomic<int> calls = 0;
    const FakeServer server([&](const Request&) {
        ++calls;
        return Response::json(200, object_named(""));
    });
    const auto nothing =
        testing::await(with_client<GetOutcome>({.server = server.url()}, [&](Client& c) {
            return c.get(kCronJobs, "dsm", "", within(1s));
        }));
    const auto everything =
        testing::await(with_client<DeleteOutcome>({.server = server.url()}, [&](Client& c) {
            return c.remove({.resource = kCronJobs, .name_space = "dsm", .name = ""}, within(1s));
        }));

    EXPECT_TRUE(std::holds_alternative<Unknown>(nothing));
    EXPECT_TRUE(std::holds_alternative<Refused>(everything));
    EXPECT_EQ(calls, 0);
}

}  // namespace
}  // namespace dsm::kube
