#include "libs/http/client.hpp"

#include <gtest/gtest.h>

#include "libs/http/net/server_fixture.hpp"
#include "libs/testing/await.hpp"

namespace dsm::http {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// One call by a fresh client.
Result<ClientResponse> call(ClientRequest request, ClientSettings settings = {},
                            std::chrono::milliseconds budget = 5s) {
    const rt::SystemClock clock;
    return testing::await(
        [](ClientRequest r, ClientSettings s, const rt::SystemClock& c,
           std::chrono::milliseconds b) -> asio::awaitable<Result<ClientResponse>> {
            Client client(co_await asio::this_coro::executor, s, c);
            co_return co_await client.send(r, rt::Deadline::after(c, b));
        }(std::move(request), std::move(settings), clock, budget));
}

TEST(Client, GetsAnAnswer) {
    const RunningServer server({.service = "echo"}, echo);

    const auto response = call({.method = "POST", .url = server.url("/x"), .body = "hello"});

    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 200);
    EXPECT_NE(response->body.find("hello"), std::string::npos);
}

}  // namespace
}  // namespace dsm::http
