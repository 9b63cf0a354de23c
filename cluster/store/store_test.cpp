// The store's promises: one counter, optimistic writes, consistent pages, a bounded history.
#include "cluster/store/store.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

namespace dsm::cluster {
namespace {

namespace json = boost::json;

constexpr std::string_view kCronJobs = "batch/cronjobs";
constexpr std::string_view kJobs = "batch/jobs";

json::object named(std::string_view name) {
    return {{"metadata", {{"name", name}}}};
}

std::unique_ptr<Store> memory_store(std::size_t history_limit = 100) {
    return *Store::open("", history_limit);
}

std::vector<std::string> names(const Page& page) {
    std::vector<std::string> found;
    for (const Record& record : page.records) {
        found.emplace_back(record.object->at("metadata").at("name").as_string());
    }
    return found;
}

TEST(Store, RefusesToCreateWhatExists) {
    auto store = memory_store();
    ASSERT_TRUE(store->put(kCronJobs, "/n/a", named("a"), 0));

    const auto again = store->put(kCronJobs, "/n/a", named("a"), 0);
    EXPECT_EQ(again.error().code, ErrorCode::kConflict);
}

TEST(Store, RefusesAWriteOfAnObjectThatChanged) {
    auto store = memory_store();
    const auto first = store->put(kCronJobs, "/n/a", named("a"), 0);
    const auto second = store->put(kCronJobs, "/n/a", named("a"), first->revision);

    const auto stale = store->put(kCronJobs, "/n/a", named("a"), first->revision);
    EXPECT_EQ(stale.error().code, ErrorCode::kConflict);
    EXPECT_EQ(store->remove(kCronJobs, "/n/a", first->revision).error().code, ErrorCode::kConflict);
    EXPECT_EQ(store->find(kCronJobs, "/n/a")->revision, second->revision);
}

TEST(Store, CountsOneRevisionForAllResourcesAndWritesItIntoTheObject) {
    auto store = memory_store();
    const auto cronjob = store->put(kCronJobs, "/n/a", named("a"), 0);
    const auto job = store->put(kJobs, "/n/a", named("a"), 0);

    EXPECT_EQ(job->revision, cronjob->revision + 1);
    EXPECT_EQ(job->object->at("metadata").at("resourceVersion").as_string(),
              std::to_string(job->revision));
    EXPECT_EQ(*store->remove(kCronJobs, "/n/a", cronjob->revision), job->revision + 1);
}

TEST(Store, PagesStayAtTheRevisionOfTheFirstPage) {
    auto store = memory_store();
    for (const char* name : {"a", "b", "c", "d"}) {
        ASSERT_TRUE(store->put(kCronJobs, std::string("/n/") + name, named(name), 0));
    }
    const auto first = store->list({.resource = kCronJobs, .prefix = "/n/", .limit = 2});
    ASSERT_TRUE(first);
    ASSERT_TRUE(store->remove(kCronJobs, "/n/c", store->find(kCronJobs, "/n/c")->revision));
    ASSERT_TRUE(store->put(kCronJobs, "/n/bb", named("bb"), 0));
    ASSERT_TRUE(store->put(kCronJobs, "/n/e", named("e"), 0));

    const auto second = store->list({.resource = kCronJobs,
                                     .prefix = "/n/",
                                     .start = first->next,
                                     .limit = 2,
                                     .at = first->at});
    EXPECT_EQ(names(*first), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(first->remaining, 2);
    EXPECT_EQ(names(*second), (std::vector<std::string>{"c", "d"}));
    EXPECT_EQ(second->next, "");
    EXPECT_EQ(names(*store->list({.resource = kCronJobs})),
              (std::vector<std::string>{"a", "b", "bb", "d", "e"}));
}

TEST(Store, ListsOneNamespaceWithoutItsNeighbour) {
    auto store = memory_store();
    ASSERT_TRUE(store->put(kCronJobs, "/n/a", named("a"), 0));
    ASSERT_TRUE(store->put(kCronJobs, "/nn/b", named("b"), 0));
    ASSERT_TRUE(store->put(kCronJobs, "/n-x/c", named("c"), 0));

    EXPECT_EQ(names(*store->list({.resource = kCronJobs, .prefix = "/n/"})),
              (std::vector<std::string>{"a"}));
}

TEST(Store, SkipsWhatDoesNotMatchWithoutSpendingTheLimitOnIt) {
    auto store = memory_store();
    for (const char* name : {"a", "b", "c", "d"}) {
        ASSERT_TRUE(store->put(kCronJobs, std::string("/") + name, named(name), 0));
    }
    auto matches = [](const json::value& object) {
        return object.at("metadata").at("name").as_string() >= "b";
    };

    const auto page = store->list({.resource = kCronJobs, .limit = 2, .matches = matches});
    EXPECT_EQ(names(*page), (std::vector<std::string>{"b", "c"}));
    EXPECT_EQ(page->next, "/d");
}

TEST(Store, ForgetsOldChangesAndSaysSo) {
    auto store = memory_store(2);
    const auto first = store->put(kCronJobs, "/a", named("a"), 0);
    const auto second = store->put(kCronJobs, "/a", named("a"), first->revision);
    const auto third = store->put(kCronJobs, "/a", named("a"), second->revision);

    EXPECT_EQ(store->compacted(), first->revision);
    EXPECT_FALSE(store->list({.resource = kCronJobs, .at = first->revision - 1}));
    const Change* change = store->next_change(kCronJobs, first->revision);
    ASSERT_NE(change, nullptr);
    EXPECT_EQ(change->revision, second->revision);
    EXPECT_EQ(store->next_change(kCronJobs, third->revision), nullptr);
    store->compact();
    EXPECT_EQ(store->compacted(), third->revision);
}

TEST(Store, ShowsTheStateBeforeAndAfterEachChange) {
    auto store = memory_store();
    const Revision start = store->revision();
    const auto made = store->put(kJobs, "/a", named("a"), 0);
    ASSERT_TRUE(store->remove(kJobs, "/a", made->revision));

    const Change* creation = store->next_change(kJobs, start);
    ASSERT_NE(creation, nullptr);
    EXPECT_EQ(creation->before, nullptr);
    const Change* deletion = store->next_change(kJobs, creation->revision);
    ASSERT_NE(deletion, nullptr);
    EXPECT_EQ(deletion->after, nullptr);
    EXPECT_EQ(deletion->before, made->object);
    EXPECT_EQ(store->next_change(kCronJobs, start), nullptr);
}

TEST(Store, WakesWhoWaitsForAChange) {
    boost::asio::io_context context;
    auto store = memory_store();
    bool woken = false;
    auto waiter = [&]() -> boost::asio::awaitable<void> {
        woken = co_await store->changed().wait(std::chrono::minutes(1));
    };
    auto waited = boost::asio::co_spawn(context, waiter, boost::asio::use_future);
    boost::asio::post(context, [&] { (void)store->put(kJobs, "/a", named("a"), 0); });

    context.run();
    waited.get();
    EXPECT_TRUE(woken);
}

}  // namespace
}  // namespace dsm::cluster
