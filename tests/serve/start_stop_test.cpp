// A signal that comes before a service is ready.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <csignal>

#include "libs/testing/process.hpp"
#include "tests/up/running_system.hpp"

namespace dsm::testing {
namespace {

namespace asio = boost::asio;

TEST(Serve, EndsWithin5SecondsOfASignalAlsoWhileItsStartWaitsForAStore) {
    asio::io_context loop;
    asio::ip::tcp::acceptor silent(loop, {asio::ip::make_address("127.0.0.1"), 0});
    silent.non_blocking(true);
    const TemporaryFolder folder;
    BackgroundProcess process(
        {dsm_binary(), "serve", "project", "--listen", "127.0.0.1:0", "--data", folder.path()},
        {{"POSTGRES_HOST", "127.0.0.1"},
         {"POSTGRES_PORT", std::to_string(silent.local_endpoint().port())},
         {"POSTGRES_CONNECT_TIMEOUT_S", "60"}},
        folder.path());
    asio::ip::tcp::socket connection(loop);
    boost::system::error_code none_yet;
    ASSERT_TRUE(eventually([&] {
        silent.accept(connection, none_yet);
        return !none_yet;
    })) << process.err();

    process.signal(SIGTERM);

    EXPECT_EQ(process.wait(std::chrono::seconds(30)), 0) << process.err();
}

}  // namespace
}  // namespace dsm::testing
