#include "libs/http/verdict.hpp"

#include <gtest/gtest.h>

namespace dsm::http {
namespace {

using namespace std::chrono_literals;

Result<ClientResponse> answer(int status, const char* retry_after = nullptr) {
    ClientResponse response{.status = status};
    if (retry_after) response.headers.set("Retry-After", retry_after);
    return response;
}

Result<ClientResponse> none(ErrorCode code) {
    return fail(code, "no answer");
}

TEST(Health, AnAnswerSaysWhetherItsGiverIsIll) {
    struct Row {
        const char* sentence;
        Result<ClientResponse> answer;
        Health health;
    };
    const Row rows[] = {
        {"a success", answer(200), Health::kWell},
        {"no such thing", answer(404), Health::kWell},
        {"a conflict", answer(409), Health::kWell},
        {"not let in", answer(401), Health::kWell},
        {"a request it gave up on", answer(408), Health::kWell},
        {"a 4xx that names a time", answer(404, "3"), Health::kWell},
        {"too many requests", answer(429), Health::kBusy},
        {"too many requests, and a time", answer(429, "3"), Health::kBusy},
        {"turned away for a time", answer(503, "3"), Health::kBusy},
        {"unavailable", answer(503), Health::kIll},
        {"unavailable until a date", answer(503, "Fri, 31 Dec 1999 23:59:59 GMT"), Health::kIll},
        {"broken", answer(500), Health::kIll},
        {"broken for a time", answer(500, "3"), Health::kIll},
        {"a gateway with nobody behind", answer(502), Health::kIll},
        {"refused", none(ErrorCode::kUnavailable), Health::kIll},
        {"a write that broke", none(ErrorCode::kUnknown), Health::kIll},
        {"given up by us", none(ErrorCode::kCancelled), Health::kUnsaid},
    };
    for (const Row& row : rows) EXPECT_EQ(health_of(row.answer), row.health) << row.sentence;
}

TEST(Repeats, AWriteIsOnlyRepeatedUnderAKey) {
    for (const char* method : {"GET", "HEAD", "PUT", "DELETE"}) {
        EXPECT_TRUE(is_repeatable({.method = method})) << method;
    }
    ClientRequest post{.method = "POST"};
    EXPECT_FALSE(is_repeatable(post));
    post.headers.set("Idempotency-Key", "e1");
    EXPECT_TRUE(is_repeatable(post));
}

TEST(Repeats, WaitAsLongAsTheAnswerAsksOrTheBackoff) {
    struct Row {
        const char* sentence;
        Result<ClientResponse> answer;
        int made = 1;
        std::chrono::milliseconds time_left = 5s;
        std::optional<std::chrono::milliseconds> wait;
    };
    const Row rows[] = {
        {.sentence = "a success is not repeated", .answer = answer(200), .wait = {}},
        {.sentence = "nor is a refusal", .answer = answer(404, "1"), .wait = {}},
        {.sentence = "nor what is broken", .answer = answer(500), .wait = {}},
        {.sentence = "a time is waited for", .answer = answer(503, "2"), .wait = 2s},
        {.sentence = "of a 429 too", .answer = answer(429, "2"), .wait = 2s},
        {.sentence = "a time beyond the deadline ends it", .answer = answer(503, "5"), .wait = {}},
        {.sentence = "a 429 without a time", .answer = answer(429), .wait = 70ms},
        {.sentence = "a gateway", .answer = answer(502), .wait = 70ms},
        {.sentence = "no answer", .answer = none(ErrorCode::kUnavailable), .wait = 70ms},
        {.sentence = "given up by us", .answer = none(ErrorCode::kCancelled), .wait = {}},
        {.sentence = "the second", .answer = answer(502), .made = 2, .wait = 70ms},
        {.sentence = "the last", .answer = answer(502), .made = 3, .wait = {}},
        {.sentence = "no time", .answer = answer(502), .time_left = 70ms, .wait = {}},
    };
    const rt::CallPolicy policy{.attempts = 3};
    for (const Row& row : rows) {
        const Attempt attempt{.made = row.made, .backoff = 70ms, .time_left = row.time_left};
        EXPECT_EQ(wait_before_repeat(row.answer, attempt, policy), row.wait) << row.sentence;
    }
}

}  // namespace
}  // namespace dsm::http
