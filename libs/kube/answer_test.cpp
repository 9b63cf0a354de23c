// What an API server's answers prove, one sentence a row.
#include "libs/kube/answer.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace dsm::kube {
namespace {

const Asked kAsked{"get", kCronJobs, "dsm", "run-a"};

http::ClientResponse answer(int status, std::string body) {
    return {.status = status, .body = std::move(body)};
}

std::string status_object(int code, const std::string& reason, const std::string& message,
                          const std::string& details = "{}") {
    return R"({"kind":"Status","apiVersion":"v1","status":"Failure","reason":")" + reason +
           R"(","message":")" + message + R"(","details":)" + details +
           ",\"code\":" + std::to_string(code) + "}";
}

const std::string kAboutIt = R"({"name":"run-a","group":"batch","kind":"cronjobs"})";
const std::string kObject =
    R"({"kind":"CronJob","apiVersion":"batch/v1","metadata":{"name":"run-a","namespace":"dsm"}})";

TEST(ReadGet, TakesOnlyANotFoundAboutThisObjectForAbsence) {
    struct Row {
        std::string sentence;
        int status;
        std::string body;
        bool absent;
    };
    const std::vector<Row> rows{
        {"the object itself", 404, status_object(404, "NotFound", "x", kAboutIt), true},
        {"another object", 404,
         status_object(404, "NotFound", "x", R"({"name":"b","group":"batch","kind":"cronjobs"})"),
         false},
        {"the namespace", 404,
         status_object(404, "NotFound", "x", R"({"name":"dsm","kind":"namespaces"})"), false},
        {"an unknown resource", 404,
         status_object(404, "NotFound", "the server could not find the requested resource"), false},
        {"an unknown path", 404, "404 page not found", false},
        {"a proxy's page", 404, "<html>not found</html>", false},
        {"a truncated status", 404, status_object(404, "NotFound", "x", kAboutIt).substr(0, 100),
         false},
        {"nothing", 404, "", false},
        {"a not found with the wrong code", 500, status_object(404, "NotFound", "x", kAboutIt),
         false},
    };
    for (const Row& row : rows) {
        const auto outcome = read_get(kAsked, answer(row.status, row.body));

        EXPECT_EQ(std::holds_alternative<Absent>(outcome), row.absent) << row.sentence;
        EXPECT_EQ(std::holds_alternative<Unknown>(outcome), !row.absent) << row.sentence;
    }
}

TEST(ReadGet, TakesOnlyTheAskedObjectForPresence) {
    const std::vector<std::pair<std::string, std::string>> others{
        {"truncated", kObject.substr(0, kObject.size() - 2)},
        {"html", "<html>welcome</html>"},
        {"no object", "[1]"},
        {"another name", R"({"kind":"CronJob","metadata":{"name":"run-b","namespace":"dsm"}})"},
        {"another namespace", R"({"kind":"CronJob","metadata":{"name":"run-a","namespace":"x"}})"},
        {"another kind", R"({"kind":"Job","metadata":{"name":"run-a","namespace":"dsm"}})"},
        {"no metadata", R"({"kind":"CronJob"})"},
    };

    EXPECT_TRUE(std::holds_alternative<Present>(read_get(kAsked, answer(200, kObject))));
    for (const auto& [sentence, body] : others) {
        EXPECT_TRUE(std::holds_alternative<Unknown>(read_get(kAsked, answer(200, body))))
            << sentence;
    }
}

TEST(ReadGet, SaysWhatIsForbiddenAndNeverFails) {
    const auto said = read_get(
        kAsked,
        answer(403, status_object(403, "Forbidden", "User \\\"u\\\" cannot get", kAboutIt)));
    const auto silent = read_get(kAsked, answer(403, "<html>no</html>"));

    ASSERT_TRUE(std::holds_alternative<Forbidden>(said));
    EXPECT_EQ(describe(std::get<Forbidden>(said)),
              "not allowed to get cronjobs.batch in namespace dsm");
    EXPECT_EQ(std::get<Forbidden>(said).message, "User \"u\" cannot get");
    ASSERT_TRUE(std::holds_alternative<Forbidden>(silent));
    EXPECT_EQ(std::get<Forbidden>(silent).message, "");
}

TEST(ReadGet, EveryOtherAnswerIsUnknownWithAReasonOnOneLine) {
    for (const int status : {101, 204, 301, 400, 401, 408, 410, 429, 500, 502, 503, 504}) {
        const auto outcome =
            read_get(kAsked, answer(status, status_object(status, "Some", "a\\nb\\tc")));

        ASSERT_TRUE(std::holds_alternative<Unknown>(outcome)) << status;
        const std::string& why = std::get<Unknown>(outcome).why;
        EXPECT_TRUE(why.contains(std::to_string(status))) << why;
        EXPECT_TRUE(std::ranges::none_of(why, [](char c) { return c == '\n' || c == '\t'; }));
    }
}

TEST(ReadCreate, TellsWhatHappenedFromWhatMayHaveHappened) {
    enum Kind { kCreated, kExists, kRefused, kForbidden, kUnknown };
    struct Row {
        std::string sentence;
        int status;
        std::string body;
        Kind expected;
    };
    const std::vector<Row> rows{
        {"created", 201, kObject, kCreated},
        {"created, answer cut", 201, kObject.substr(0, 20), kUnknown},
        {"another page", 200, "<html>", kUnknown},
        {"exists", 409, status_object(409, "AlreadyExists", "x", kAboutIt), kExists},
        {"a conflict", 409, status_object(409, "Conflict", "x"), kRefused},
        {"a proxy's 409", 409, "conflict", kUnknown},
        {"invalid", 422, status_object(422, "Invalid", "bad", kAboutIt), kRefused},
        {"no namespace", 404, status_object(404, "NotFound", "namespaces not found"), kRefused},
        {"a proxy's 404", 404, "404 page not found", kUnknown},
        {"forbidden", 403, status_object(403, "Forbidden", "quota"), kForbidden},
        {"unauthorized", 401, status_object(401, "Unauthorized", "Unauthorized"), kRefused},
        {"busy", 429, "Too many requests, please try again later.", kRefused},
        {"an internal error", 500, status_object(500, "InternalError", "etcd"), kUnknown},
        {"a timeout", 504, status_object(504, "Timeout", "Timeout"), kUnknown},
        {"a bad gateway", 502, "", kUnknown},
    };
    for (const Row& row : rows) {
        const auto outcome =
            read_create({"create", kCronJobs, "dsm", "run-a"}, answer(row.status, row.body));

        EXPECT_EQ(outcome.index(), static_cast<std::size_t>(row.expected)) << row.sentence;
    }
}

TEST(ReadDelete, TellsGoneFromNeverThereFromAnotherOne) {
    enum Kind { kDeleted, kAbsent, kConflict, kRefused, kForbidden, kUnknown };
    struct Row {
        std::string sentence;
        int status;
        std::string body;
        Kind expected;
    };
    const std::vector<Row> rows{
        {"deleted", 200, R"({"kind":"Status","status":"Success"})", kDeleted},
        {"marked", 200, kObject, kDeleted},
        {"accepted", 202, kObject, kDeleted},
        {"a page", 200, "<html>", kUnknown},
        {"absent", 404, status_object(404, "NotFound", "x", kAboutIt), kAbsent},
        {"no such path", 404, "404 page not found", kUnknown},
        {"another uid", 409, status_object(409, "Conflict", "uid", "{}"), kConflict},
        {"forbidden", 403, "", kForbidden},
        {"invalid", 422, status_object(422, "Invalid", "x"), kRefused},
        {"broken", 500, "", kUnknown},
    };
    for (const Row& row : rows) {
        const auto outcome =
            read_delete({"delete", kCronJobs, "dsm", "run-a"}, answer(row.status, row.body));

        EXPECT_EQ(outcome.index(), static_cast<std::size_t>(row.expected)) << row.sentence;
    }
}

TEST(ReadReview, TakesOnlyTheApiServersOwnJudgementForAnAnswer) {
    enum Expected { kAllowed, kDenied, kUnknown };
    struct Row {
        const char* sentence;
        int status;
        const char* body;
        Expected expected;
    };
    const Row rows[] = {
        {"yes", 201, R"({"kind":"SelfSubjectAccessReview","status":{"allowed":true}})", kAllowed},
        {"no", 201, R"({"kind":"SelfSubjectAccessReview","status":{"allowed":false}})", kDenied},
        {"not judged", 201, R"({"kind":"SelfSubjectAccessReview","spec":{}})", kUnknown},
        {"no bool", 201, R"({"kind":"SelfSubjectAccessReview","status":{"allowed":"yes"}})",
         kUnknown},
        {"another object", 201, R"({"kind":"Pod","status":{"allowed":true}})", kUnknown},
        {"a page", 200, "<html>welcome</html>", kUnknown},
        {"nobody may even ask", 403, R"({"kind":"Status","reason":"Forbidden"})", kUnknown},
        {"a yes with an error's status", 500,
         R"({"kind":"SelfSubjectAccessReview","status":{"allowed":true}})", kUnknown},
    };

    for (const Row& row : rows) {
        const auto outcome = read_review(answer(row.status, row.body));
        EXPECT_EQ(outcome.index(), static_cast<std::size_t>(row.expected)) << row.sentence;
    }
}

TEST(ReadPage, FillsInWhatTypedListsLeaveOut) {
    const auto outcome = read_page(
        {"list", kCronJobs, "dsm", ""},
        answer(200,
               R"({"kind":"CronJobList","apiVersion":"batch/v1","metadata":)"
               R"({"resourceVersion":"7","continue":"abc"},"items":[{"metadata":{"name":"a"}}]})"));

    ASSERT_TRUE(std::holds_alternative<Page>(outcome));
    const Page& page = std::get<Page>(outcome);
    EXPECT_EQ(page.next, "abc");
    EXPECT_EQ(page.resource_version, "7");
    ASSERT_EQ(page.items.size(), 1U);
    EXPECT_EQ(page.items[0].at("kind"), "CronJob");
    EXPECT_EQ(page.items[0].at("apiVersion"), "batch/v1");
}

TEST(ReadPage, NeverTakesABrokenListForAnEmptyOne) {
    for (const std::string body :
         {R"({"kind":"CronJobList","items":null})", R"({"kind":"CronJobList"})",
          R"({"kind":"JobList","items":[]})", R"({"kind":"CronJobList","items":[1]})", "", "[]",
          R"({"kind":"CronJobList","items":[{"metadata")"}) {
        const auto outcome = read_page({"list", kCronJobs, "dsm", ""}, answer(200, body));

        EXPECT_TRUE(std::holds_alternative<Unknown>(outcome)) << body;
    }
}

TEST(Printable, KeepsOneShortLineAndWholeCharacters) {
    EXPECT_EQ(printable("a\r\nb\x7F"), "a  b ");
    EXPECT_EQ(printable("aé", 2), "a…");
    EXPECT_EQ(printable("abc", 3), "abc");
}

TEST(PathOf, EscapesWhatGoesIntoIt) {
    EXPECT_EQ(path_of(kCronJobs, "dsm", "a"), "/apis/batch/v1/namespaces/dsm/cronjobs/a");
    EXPECT_EQ(path_of(kNamespaces, "", "dsm"), "/api/v1/namespaces/dsm");
    EXPECT_EQ(path_of(kCronJobs, "", ""), "/apis/batch/v1/cronjobs");
    EXPECT_EQ(path_of(kEvents, "a/b", "c?d"), "/api/v1/namespaces/a%2Fb/events/c%3Fd");
}

}  // namespace
}  // namespace dsm::kube
