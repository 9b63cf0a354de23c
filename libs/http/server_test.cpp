#include "libs/http/server.hpp"

#include <gtest/gtest.h>

#include "libs/http/server_fixture.hpp"

namespace dsm::http {
namespace {

namespace json = boost::json;

TEST(Server, AnswersARequest) {
    const RunningServer server({.service = "echo"}, echo);

    const auto reply = server.wire().send("POST", "/a/b%20c?x=1", "hello");

    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.json(),
              json::parse(R"({"method":"POST","segments":["a","b c"],"body":"hello"})"));
    EXPECT_EQ(reply.headers.find("Content-Type"), "application/json");
    EXPECT_TRUE(reply.headers.find("Date"));
}

}  // namespace
}  // namespace dsm::http
