// Lists, pages, Tables and watches.
#include "cluster/rest/fixture.hpp"

namespace dsm::cluster {
namespace {

class Reads : public RestTest {
protected:
    const std::string all_{kCronJobs};
};

TEST_F(Reads, ListWithoutTheKindOfEachItem) {
    create("a");

    const json::value list = ask("GET", all_);
    EXPECT_EQ(text_at(list, {"kind"}), "CronJobList");
    EXPECT_EQ(text_at(list, {"apiVersion"}), "batch/v1");
    EXPECT_EQ(version(list), std::to_string(store_->revision()));
    ASSERT_EQ(names(list), std::vector<std::string>{"a"});
    EXPECT_EQ(find_at(array_at(list, {"items"})[0], {"kind"}), nullptr);
    EXPECT_EQ(call("GET", "/apis/batch/v1/namespaces/nowhere/cronjobs").body.find("\"items\":[]") ==
                  std::string::npos,
              false);
}

TEST_F(Reads, PageThroughOneMomentWhateverHappensMeanwhile) {
    for (const char* name : {"a", "b", "c"}) create(name);
    const json::value first = ask("GET", all_ + "?limit=2");
    const std::string token(text_at(first, {"metadata", "continue"}));
    ask("DELETE", path("c"));
    create("bb");

    const json::value second = ask("GET", all_ + "?limit=2&continue=" + token);
    EXPECT_EQ(names(first), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(number_at(first, {"metadata", "remainingItemCount"}), 1);
    EXPECT_EQ(names(second), std::vector<std::string>{"c"});
    EXPECT_EQ(version(second), version(first));
}

TEST_F(Reads, OfferTheRestWhenAPageIsTooOld) {
    for (const char* name : {"a", "b", "c"}) create(name);
    const json::value first = ask("GET", all_ + "?limit=1");
    create("d");
    store_->compact();

    const auto late = call(
        "GET", all_ + "?limit=1&continue=" + std::string(text_at(first, {"metadata", "continue"})));
    EXPECT_EQ(late.status, 410);
    EXPECT_EQ(text_at(body(late), {"reason"}), "Expired");
    const std::string rest(text_at(body(late), {"metadata", "continue"}));
    EXPECT_EQ(names(ask("GET", all_ + "?continue=" + rest)),
              (std::vector<std::string>{"b", "c", "d"}));
}

TEST_F(Reads, RefuseOptionsThatContradict) {
    const struct {
        std::string query;
        int status;
    } rows[] = {
        {"resourceVersionMatch=Exact", 422},
        {"resourceVersionMatch=Exact&resourceVersion=0", 422},
        {"resourceVersionMatch=Sometimes&resourceVersion=1", 422},
        {"resourceVersion=abc", 400},
        {"continue=nonsense", 400},
        {"watch=1&resourceVersionMatch=NotOlderThan", 422},
        {"watch=1&sendInitialEvents=true", 422},
        {"fieldSelector=spec.schedule%3Dx", 400},
        {"labelSelector=a+b", 400},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(call("GET", all_ + "?" + row.query).status, row.status) << row.query;
    }
}

TEST_F(Reads, PrintTablesOnTheServer) {
    create("a");

    const json::value table =
        ask("GET", all_, "",
            {{"Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"}});
    EXPECT_EQ(text_at(table, {"kind"}), "Table");
    ASSERT_EQ(array_at(table, {"rows"}).size(), 1);
    EXPECT_EQ(array_at(array_at(table, {"rows"})[0], {"cells"})[1], json::value("0 14 * * *"));
}

TEST_F(Reads, WatchFromAListWithoutAGap) {
    const std::string from = version(ask("GET", all_));
    create("a");

    const auto lines = watch(all_ + "?watch=1&resourceVersion=" + from, 3, [&] {
        (void)registry_.patch({*find_kind("batch/v1", "CronJob"), "dsm", "a", ""},
                              PatchKind::kMerge, R"({"spec":{"suspend":true}})", Force::kNo, {});
        (void)registry_.remove({*find_kind("batch/v1", "CronJob"), "dsm", "a", ""}, {});
    });
    EXPECT_EQ(summaries(lines), (std::vector<std::string>{"ADDED a", "MODIFIED a", "DELETED a"}));
    EXPECT_EQ(text_at(lines[2], {"object", "metadata", "resourceVersion"}),
              std::to_string(store_->revision()));
}

TEST_F(Reads, WatchWhatEntersAndLeavesASelection) {
    const std::string from = version(create("a", R"({"app":"x"})"));
    const auto relabel = [&](const char* to) {
        ask("PATCH", path("a"), fmt::format(R"({{"metadata":{{"labels":{{"app":"{}"}}}}}})", to),
            {{"Content-Type", "application/merge-patch+json"}});
    };
    relabel("y");
    relabel("x");

    const auto lines = watch(all_ + "?watch=1&labelSelector=app%3Dx&resourceVersion=" + from, 2);
    EXPECT_EQ(summaries(lines), (std::vector<std::string>{"DELETED a", "ADDED a"}));
}

TEST_F(Reads, WatchCanBeginWithWhatIsThereAndSayWhereThatEnds) {
    create("a");

    const auto lines = watch(all_ +
                                 "?watch=1&sendInitialEvents=true&allowWatchBookmarks=true"
                                 "&resourceVersionMatch=NotOlderThan",
                             2);
    ASSERT_EQ(lines.size(), 2);
    EXPECT_EQ(summary(lines[0]), "ADDED a");
    EXPECT_EQ(text_at(lines[1], {"type"}), "BOOKMARK");
    EXPECT_EQ(text_at(lines[1], {"object", "metadata", "annotations", "k8s.io/initial-events-end"}),
              "true");
}

TEST_F(Reads, WatchFromTooLongAgoEndsWithExpired) {
    const std::string from = version(create("a"));
    create("b");
    store_->compact();

    const auto lines = watch(all_ + "?watch=1&resourceVersion=" + from, 10);
    ASSERT_EQ(lines.size(), 1);
    EXPECT_EQ(text_at(lines[0], {"type"}), "ERROR");
    EXPECT_EQ(number_at(lines[0], {"object", "code"}), 410);
    EXPECT_EQ(text_at(lines[0], {"object", "reason"}), "Expired");
}

TEST_F(Reads, WatchEndsAfterTheTimeTheClientNamedAndSaysWhereShortlyBefore) {
    const auto lines =
        watch(all_ + "?watch=1&timeoutSeconds=3&allowWatchBookmarks=true&resourceVersion=" +
                  version(create("a")),
              10);

    ASSERT_EQ(lines.size(), 1);
    EXPECT_EQ(text_at(lines[0], {"type"}), "BOOKMARK");
    EXPECT_EQ(text_at(lines[0], {"object", "metadata", "resourceVersion"}),
              std::to_string(store_->revision()));
}

TEST_F(Reads, WatchOneObjectByItsName) {
    create("a");
    create("b");

    const auto lines = watch(all_ + "?watch=1&fieldSelector=metadata.name%3Db", 1);
    EXPECT_EQ(summaries(lines), std::vector<std::string>{"ADDED b"});
}

}  // namespace
}  // namespace dsm::cluster
