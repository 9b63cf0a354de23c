// A backlog-service behind a real socket with a scripted project-service beside it.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <boost/json.hpp>
#include <memory>
#include <string>

#include "libs/http/errors.hpp"
#include "libs/rt/random.hpp"
#include "libs/service/host.hpp"
#include "libs/testing/await.hpp"
#include "libs/testing/fresh_store.hpp"
#include "libs/testing/manual_clock.hpp"
#include "libs/testing/process.hpp"
#include "libs/testing/wire.hpp"
#include "services/backlog/service.hpp"

namespace dsm::backlog {

/// Knows every project but those whose name begins with "missing"; answers as it is told.
struct FakeProjects {
    std::atomic<int> status{0};  ///< other than 0: what every look-up gets
    std::atomic<int> look_ups{0};
    std::string body = R"({"detail":"no"})";
};

class FakeProjectService final : public service::Service {
public:
    explicit FakeProjectService(FakeProjects& knobs) : knobs_(knobs) {}

    std::string name() const override { return "project-service"; }
    void add_routes(http::Router& router) override {
        router.add("GET", "/projects/{id}",
                   [this](http::Request request) { return answer(std::move(request)); });
    }
    boost::asio::awaitable<Result<void>> start() override { co_return Result<void>{}; }
    boost::asio::awaitable<void> stop(std::chrono::milliseconds) override { co_return; }

private:
    boost::asio::awaitable<http::Response> answer(http::Request request) {
        ++knobs_.look_ups;
        if (knobs_.status != 0) co_return http::Response::text(knobs_.status, knobs_.body);
        const std::string& id = request.param("id");
        if (id.starts_with("missing")) co_return http::error(404, "Project " + id + " not found.");
        co_return http::Response::json(200, {{"id", id}});
    }

    FakeProjects& knobs_;
};

/// The clock stands at 2025-08-31T14:05:00Z.
class BacklogWire : public ::testing::Test {
protected:
    void SetUp() override {
        auto opened = stream::open_sql_stream(folder_.file("streams.db"), clock_);
        ASSERT_TRUE(opened) << opened.error().message;
        events_ = std::move(*opened);
        projects_host_ = std::make_unique<service::ServiceHost>(
            http::ServerSettings{.service = "project-service"},
            [this](service::Environment) {
                return std::make_unique<FakeProjectService>(projects_);
            },
            clock_, *random_, *events_);
        const auto projects_port = projects_host_->start();
        ASSERT_TRUE(projects_port) << projects_port.error().message;
        host_ = std::make_unique<service::ServiceHost>(
            http::ServerSettings{.service = "backlog-service", .body_limit = 64 << 20},
            [this, port = *projects_port](service::Environment environment) {
                Config config;
                config.database = testing::fresh_store(folder_, "backlog");
                config.project_url = "http://127.0.0.1:" + std::to_string(port);
                config.probe_interval = std::chrono::milliseconds(20);
                return make_service(config, environment);
            },
            clock_, *random_, *events_);
        const auto port = host_->start();
        ASSERT_TRUE(port) << port.error().message;
        port_ = *port;
    }

    testing::WireClient wire() const { return testing::WireClient(port_); }

    boost::json::value task(const std::string& id) const {
        for (const auto& row : wire().get("/workspace").json().at("tasks").as_array()) {
            if (row.at("task_id").as_string() == id) return row;
        }
        return nullptr;
    }

    static void expect(const testing::WireReply& reply, int status, std::string_view body) {
        EXPECT_EQ(reply.status, status) << reply.body;
        EXPECT_EQ(reply.json(), boost::json::parse(body)) << reply.body;
    }

    /// The types and places of a 422: "missing body.tasks.0.title".
    static std::string errors_of(const testing::WireReply& reply) {
        if (reply.status != 422) return "status " + std::to_string(reply.status);
        std::string text;
        for (const auto& error : reply.json().at("detail").as_array()) {
            if (!text.empty()) text += ", ";
            text += std::string(error.at("type").as_string()) + " ";
            std::string place;
            for (const auto& step : error.at("loc").as_array()) {
                if (!place.empty()) place += ".";
                place += step.is_string() ? std::string(step.as_string())
                                          : std::to_string(step.to_number<int>());
            }
            text += place;
        }
        return text;
    }

    testing::TemporaryFolder folder_;
    testing::ManualClock clock_{parse_rfc3339("2025-08-31T14:05:00Z").value()};
    std::unique_ptr<rt::Random> random_ = rt::make_seeded_random(7);
    std::unique_ptr<stream::EventStream> events_;
    FakeProjects projects_;
    std::unique_ptr<service::ServiceHost> projects_host_;
    std::unique_ptr<service::ServiceHost> host_;
    std::uint16_t port_ = 0;
};

}  // namespace dsm::backlog
