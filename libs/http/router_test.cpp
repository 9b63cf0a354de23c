#include "libs/http/router.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

namespace dsm::http {
namespace {

Handler says(std::string name) {
    return [name](Request request) -> boost::asio::awaitable<Response> {
        std::string body = name;
        for (const auto& [key, value] : request.params) body += " " + key + "=" + value;
        co_return Response::text(200, body);
    };
}

Response ask(const Router& router, std::string method, std::vector<std::string> segments) {
    Request request;
    request.method = std::move(method);
    request.segments = std::move(segments);
    boost::asio::io_context context;
    auto future =
        boost::asio::co_spawn(context, router.route(std::move(request)), boost::asio::use_future);
    context.run();
    return future.get();
}

TEST(Router, ALiteralWinsOverAParameterAndADeadEndIsBackedOutOf) {
    Router router;
    router.add("GET", "/backlogs/summary", says("all"));
    router.add("GET", "/backlogs/{p}", says("one"));
    router.add("GET", "/backlogs/{p}/summary", says("sum"));

    EXPECT_EQ(ask(router, "GET", {"backlogs", "summary"}).body, "all");
    EXPECT_EQ(ask(router, "GET", {"backlogs", "P1"}).body, "one p=P1");
    EXPECT_EQ(ask(router, "GET", {"backlogs", "summary", "summary"}).body, "sum p=summary");
    EXPECT_EQ(ask(router, "GET", {"backlogs", ".."}).body, "one p=..");
}

TEST(Router, ALiteralOfAnotherMethodDoesNotHideAParameter) {
    Router router;
    router.add("GET", "/backlogs/summary", says("all"));
    router.add("POST", "/backlogs/{p}", says("make"));

    EXPECT_EQ(ask(router, "POST", {"backlogs", "summary"}).body, "make p=summary");
    EXPECT_EQ(ask(router, "HEAD", {"backlogs", "summary"}).body, "all");
    EXPECT_EQ(ask(router, "DELETE", {"backlogs", "summary"}).headers.find("Allow"), "GET");
}

TEST(Router, TellsAnUnknownPathFromAWrongMethod) {
    Router router;
    router.add("GET", "/projects", says("list"));
    router.add("POST", "/projects", says("make"));

    EXPECT_EQ(ask(router, "GET", {"nothing"}).body, R"({"detail":"Not Found"})");
    EXPECT_EQ(ask(router, "GET", {"projects", ""}).status, 404);
    const Response refused = ask(router, "PUT", {"projects"});
    EXPECT_EQ(refused.status, 405);
    EXPECT_EQ(refused.body, R"({"detail":"Method Not Allowed"})");
    EXPECT_EQ(refused.headers.find("allow"), "GET, POST");
    EXPECT_EQ(ask(router, "HEAD", {"projects"}).status, 200);
}

}  // namespace
}  // namespace dsm::http
