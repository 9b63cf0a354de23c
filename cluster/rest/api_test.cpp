// Who may ask, which pages there are, and how refusals look.
#include "cluster/rest/fixture.hpp"

namespace dsm::cluster {
namespace {

using Rest = RestTest;

/// One request and the Status that refuses it.
struct Refusal {
    const char* says;
    std::string method, target, body;
    std::vector<std::pair<std::string, std::string>> fields;
    int status;
    std::string message;
};

class Refusals : public RestTest {
protected:
    void expect(const std::vector<Refusal>& rows) {
        for (const Refusal& row : rows) {
            const auto response = call(row.method, row.target, row.body, row.fields);
            EXPECT_EQ(response.status, row.status) << row.says;
            EXPECT_EQ(text_at(body(response), {"message"}), row.message) << row.says;
            EXPECT_EQ(text_at(body(response), {"kind"}), "Status") << row.says;
        }
    }
    const std::string all_{kCronJobs};
};

TEST_F(Refusals, OfWhoeverMayNot) {
    expect({
        {"a token nobody has",
         "GET",
         all_,
         "",
         {{"Authorization", "Bearer x"}},
         401,
         "Unauthorized"},
        {"a user without rights",
         "GET",
         path("a"),
         "",
         {{"Authorization", "Bearer weak"}},
         403,
         "cronjobs.batch \"a\" is forbidden: User \"dev\" cannot get resource \"cronjobs\" in "
         "API group \"batch\" in the namespace \"dsm\""},
        {"nobody",
         "GET",
         "/openapi/v2",
         "",
         {{"Authorization", ""}},
         403,
         "forbidden: User \"system:anonymous\" cannot get path \"/openapi/v2\""},
    });
}

TEST_F(Refusals, OfPathsAndMethods) {
    constexpr const char* kUnknown = "the server could not find the requested resource";
    constexpr const char* kMethod =
        "the server does not allow this method on the requested resource";
    create("a");
    expect({
        {"a missing object", "GET", path("b"), "", {}, 404, "cronjobs.batch \"b\" not found"},
        {"an unknown resource", "GET", "/apis/batch/v1/sprints", "", {}, 404, kUnknown},
        {"an unknown subresource", "GET", path("a/scale"), "", {}, 404, kUnknown},
        {"a method of no use there", "POST", path("a"), "{}", {}, 405, kMethod},
        {"a create in all namespaces", "POST", "/apis/batch/v1/cronjobs", "{}", {}, 405, kMethod},
        {"a create in a missing namespace",
         "POST",
         "/apis/batch/v1/namespaces/nowhere/cronjobs",
         cronjob("x"),
         {},
         404,
         "namespaces \"nowhere\" not found"},
        {"a create of what is there",
         "POST",
         all_,
         cronjob("a"),
         {},
         409,
         "cronjobs.batch \"a\" already exists"},
    });
}

TEST_F(Refusals, OfMediaTypes) {
    create("a");
    expect({
        {"a body of an unknown kind",
         "POST",
         all_,
         "x",
         {{"Content-Type", "text/plain"}},
         415,
         "the body of the request was in an unknown format - accepted media types include: "
         "application/json, application/yaml, application/vnd.kubernetes.protobuf"},
        {"a patch of no kind", "PATCH", path("a"), "{}", {}, 415, "415: Unsupported Media Type"},
        {"an answer we can't give",
         "GET",
         path("a"),
         "",
         {{"Accept", "text/html"}},
         406,
         "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, "
         "application/vnd.kubernetes.protobuf"},
    });
}

TEST_F(Rest, AnswersUnknownGroupsInPlainText) {
    const auto response = call("GET", "/apis/apps/v1/deployments");

    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(response.body, "404 page not found\n");
}

TEST_F(Rest, TellsAnybodyItsHealthAndVersion) {
    for (const char* page : {"/healthz", "/livez", "/readyz", "/version"}) {
        EXPECT_EQ(call("GET", page, "", {{"Authorization", ""}}).status, 200) << page;
    }
}

TEST_F(Rest, GivesNewClientsOneDiscoveryAndOldOnesLists) {
    constexpr const char* kNew =
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    constexpr const char* kOld =
        "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,"
        "application/json";

    const auto aggregated = call("GET", "/apis", "", {{"Accept", kNew}});
    EXPECT_EQ(text_at(body(aggregated), {"kind"}), "APIGroupDiscoveryList");
    const std::string tag(aggregated.headers.find("ETag").value_or(""));
    EXPECT_EQ(call("GET", "/apis", "", {{"Accept", kNew}, {"If-None-Match", tag}}).status, 304);
    EXPECT_EQ(text_at(ask("GET", "/apis", "", {{"Accept", kOld}}), {"kind"}), "APIGroupList");
    EXPECT_EQ(text_at(ask("GET", "/apis/batch/v1"), {"kind"}), "APIResourceList");
    EXPECT_EQ(text_at(ask("GET", "/api"), {"kind"}), "APIVersions");
}

TEST_F(Rest, SendsClientsWithAnOldSchemaToTheNewOne) {
    const json::value root = ask("GET", "/openapi/v3");
    const std::string url(text_at(root, {"paths", "apis/batch/v1", "serverRelativeURL"}));

    EXPECT_EQ(call("GET", url).status, 200);
    const auto moved = call("GET", "/openapi/v3/apis/batch/v1?hash=old");
    EXPECT_EQ(moved.status, 301);
    EXPECT_EQ(moved.headers.find("Location"), std::string_view(url));
}

TEST_F(Rest, AnswersReviews) {
    const std::string reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    const std::string asks =
        R"({"spec":{"resourceAttributes":{"verb":"create","resource":"cronjobs"}}})";

    EXPECT_TRUE(is_true_at(ask("POST", reviews, asks), {"status", "allowed"}));
    EXPECT_FALSE(is_true_at(ask("POST", reviews, asks, {{"Authorization", "Bearer weak"}}),
                            {"status", "allowed"}));
    EXPECT_EQ(call("POST", reviews, R"({"spec":{}})").status, 422);
    const json::value who = ask("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}");
    EXPECT_EQ(text_at(who, {"status", "userInfo", "username"}), "admin");
}

TEST_F(Rest, LetsAnAdministratorBeSomebodyElse) {
    const auto response = call("GET", path("a"), "", {{"Impersonate-User", "dev"}});

    EXPECT_EQ(response.status, 403);
}

TEST_F(Rest, BreaksAsItIsTold) {
    faults_.add({.method = "POST", .path_contains = "cronjobs", .status = 503, .retry_after = 2});

    const auto broken = call("POST", std::string(kCronJobs), cronjob("a"));
    EXPECT_EQ(broken.status, 503);
    EXPECT_EQ(broken.headers.find("Retry-After"), "2");
    EXPECT_EQ(call("GET", path("a")).status, 404);
    EXPECT_EQ(call("POST", std::string(kCronJobs), cronjob("a")).status, 201);
}

TEST_F(Rest, CanLoseAnAnswerAfterDoingTheWork) {
    faults_.add({.method = "POST", .drop_reply = true});

    const auto lost = call("POST", std::string(kCronJobs), cronjob("a"));
    EXPECT_TRUE(lost.stream != nullptr);
    EXPECT_EQ(call("GET", path("a")).status, 200);
}

}  // namespace
}  // namespace dsm::cluster
