// A toy service behind a real socket: what the host adds, and how it starts and stops.
#include "libs/service/host.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

#include "libs/rt/task_scope.hpp"
#include "libs/testing/wire.hpp"

namespace dsm::service {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

/// A stream nobody uses here; the toy service has no events.
class NoStream final : public stream::EventStream {
public:
    asio::awaitable<Result<std::string>> append(std::string, stream::Event, std::size_t,
                                                std::string, rt::Deadline) override {
        co_return fail(ErrorCode::kUnavailable, "no stream");
    }
    asio::awaitable<Result<void>> ensure_group(std::string, std::string, rt::Deadline) override {
        co_return fail(ErrorCode::kUnavailable, "no stream");
    }
    asio::awaitable<Result<std::vector<stream::Entry>>> read_group(stream::GroupRead,
                                                                   rt::Deadline) override {
        co_return fail(ErrorCode::kUnavailable, "no stream");
    }
    asio::awaitable<Result<void>> acknowledge(std::string, std::string, std::vector<std::string>,
                                              rt::Deadline) override {
        co_return fail(ErrorCode::kUnavailable, "no stream");
    }
    asio::awaitable<Result<std::vector<stream::Entry>>> reclaim(stream::GroupRead, milliseconds,
                                                                rt::Deadline) override {
        co_return fail(ErrorCode::kUnavailable, "no stream");
    }
    asio::awaitable<Result<std::vector<stream::Entry>>> range(std::string, std::string, std::size_t,
                                                              rt::Deadline) override {
        co_return fail(ErrorCode::kUnavailable, "no stream");
    }
    asio::awaitable<Result<void>> remove(std::string, std::vector<std::string>,
                                         rt::Deadline) override {
        co_return fail(ErrorCode::kUnavailable, "no stream");
    }
    asio::awaitable<Result<stream::StreamEnd>> end(std::string, rt::Deadline) override {
        co_return fail(ErrorCode::kUnavailable, "no stream");
    }
    asio::awaitable<Result<stream::GroupLag>> lag(std::string, std::string, rt::Deadline) override {
        co_return fail(ErrorCode::kUnavailable, "no stream");
    }
    asio::awaitable<bool> healthy(rt::Deadline) override { co_return false; }
};

/// What a test looks at after the service is gone.
struct Trace {
    std::atomic<int> started{0};
    std::atomic<int> stopped{0};
    std::atomic<int> destroyed{0};
};

enum class Fault { kNone, kStartFails, kStartThrows, kStopHangs };

class ToyService final : public Service {
public:
    ToyService(Trace& trace, Fault fault, telemetry::Metrics& metrics)
        : trace_(trace), fault_(fault), metrics_(metrics) {}
    ~ToyService() override { ++trace_.destroyed; }

    std::string name() const override { return "toy-service"; }

    void add_routes(http::Router& router) override {
        router.add("GET", "/toys/{toy_id}",
                   [](http::Request request) -> asio::awaitable<http::Response> {
                       co_return http::Response::json(200, {{"toy", request.param("toy_id")}});
                   });
    }

    void measure() override { metrics_.gauge("toys", ++measured_); }

    asio::awaitable<Result<void>> start() override {
        if (fault_ == Fault::kStartThrows) throw std::runtime_error("the toy box is locked");
        if (fault_ == Fault::kStartFails) {
            co_return fail(ErrorCode::kUnavailable, "no toys in the box: buy some");
        }
        ++trace_.started;
        co_return Result<void>{};
    }

    asio::awaitable<void> stop(milliseconds) override {
        if (fault_ == Fault::kStopHangs) co_await rt::sleep_for(std::chrono::hours(1));
        ++trace_.stopped;
    }

private:
    Trace& trace_;
    Fault fault_;
    telemetry::Metrics& metrics_;
    int measured_ = 0;
};

class HostTest : public ::testing::Test {
protected:
    ServiceHost make(Fault fault, std::uint16_t port = 0) {
        http::ServerSettings settings;
        settings.service = "toy-service";
        settings.port = port;
        return ServiceHost(
            settings,
            [this, fault](const Environment& environment) {
                return std::make_unique<ToyService>(trace_, fault, environment.metrics);
            },
            clock_, *random_, stream_);
    }

    rt::SystemClock clock_;
    std::unique_ptr<rt::Random> random_ = rt::make_seeded_random(1);
    NoStream stream_;
    Trace trace_;
};

TEST_F(HostTest, SaysWhyAServiceCouldNotStartAndDestroysIt) {
    auto host = make(Fault::kStartFails);

    auto port = host.start();

    ASSERT_FALSE(port.has_value());
    EXPECT_EQ(port.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(port.error().message, "toy-service: no toys in the box: buy some");
    EXPECT_EQ(trace_.destroyed, 1);
}

TEST_F(HostTest, TurnsAnExceptionOfTheStartIntoAnError) {
    auto host = make(Fault::kStartThrows);

    auto port = host.start();

    ASSERT_FALSE(port.has_value());
    EXPECT_EQ(port.error().message, "toy-service: the toy box is locked");
}

TEST_F(HostTest, SaysWhichAddressIsTaken) {
    auto first = make(Fault::kNone);
    auto taken = first.start();
    ASSERT_TRUE(taken.has_value());
    auto second = make(Fault::kNone, *taken);

    auto port = second.start();

    ASSERT_FALSE(port.has_value());
    EXPECT_NE(port.error().message.find("127.0.0.1:" + std::to_string(*taken)), std::string::npos)
        << port.error().message;
}

TEST_F(HostTest, AnswersTheServicesRoutesAndItsOwn) {
    auto host = make(Fault::kNone);
    auto port = host.start();
    ASSERT_TRUE(port.has_value()) << port.error().message;
    dsm::testing::WireClient client(*port);

    EXPECT_EQ(client.get("/toys/bear").json(), (boost::json::value{{"toy", "bear"}}));
    EXPECT_EQ(client.get("/health").json(), (boost::json::value{{"status", "ok"}}));
    EXPECT_EQ(client.get("/nothing").json(), (boost::json::value{{"detail", "Not Found"}}));
    const auto metrics = client.get("/metrics");
    EXPECT_EQ(metrics.status, 200);
    EXPECT_NE(metrics.body.find("route=\"/toys/{toy_id}\""), std::string::npos) << metrics.body;
    EXPECT_EQ(metrics.body.find("/nothing"), std::string::npos) << metrics.body;
}

TEST_F(HostTest, LetsTheServiceMeasureBeforeEachScrape) {
    auto host = make(Fault::kNone);
    auto port = host.start();
    ASSERT_TRUE(port.has_value()) << port.error().message;
    dsm::testing::WireClient client(*port);

    EXPECT_NE(client.get("/metrics").body.find("\ntoys 1\n"), std::string::npos);
    EXPECT_NE(client.get("/metrics").body.find("\ntoys 2\n"), std::string::npos);
}

TEST_F(HostTest, StopsTheServiceOnceHoweverOftenItIsAsked) {
    auto host = make(Fault::kNone);
    auto port = host.start();
    ASSERT_TRUE(port.has_value()) << port.error().message;

    host.stop(std::chrono::seconds(60));
    host.stop(std::chrono::seconds(60));

    EXPECT_EQ(trace_.stopped, 1);
    EXPECT_EQ(trace_.destroyed, 1);
    EXPECT_EQ(dsm::testing::WireClient(*port).get("/health").status, 0);
}

TEST_F(HostTest, DoesNotWaitForAServiceThatHangsBeyondItsLimit) {
    auto host = make(Fault::kStopHangs);
    ASSERT_TRUE(host.start().has_value());
    const auto began = clock_.steady();

    host.stop(milliseconds(50));

    EXPECT_LT(clock_.steady() - began, std::chrono::seconds(60));
    EXPECT_EQ(trace_.destroyed, 1);
}

}  // namespace
}  // namespace dsm::service
