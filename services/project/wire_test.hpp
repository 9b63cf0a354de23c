// A project-service behind a real socket, for tests that speak to it as its clients do.
#pragma once

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <memory>
#include <string>

#include "libs/rt/random.hpp"
#include "libs/service/host.hpp"
#include "libs/testing/fresh_store.hpp"
#include "libs/testing/manual_clock.hpp"
#include "libs/testing/process.hpp"
#include "libs/testing/wire.hpp"
#include "services/project/service.hpp"

namespace dsm::project {

/// The clock stands at 2025-08-31T14:05:00Z. The store is a file, so that `restart` finds it again.
class ProjectWire : public ::testing::Test {
protected:
    void SetUp() override {
        auto opened = stream::open_sql_stream(folder_.file("streams.db"), clock_);
        ASSERT_TRUE(opened) << opened.error().message;
        events_ = std::move(*opened);
        start();
    }

    void start() {
        host_ = std::make_unique<service::ServiceHost>(
            http::ServerSettings{.service = "project-service", .body_limit = 64 << 20},
            [this](service::Environment environment) {
                Config config;
                config.database = testing::fresh_store(folder_, "project");
                return make_service(config, environment);
            },
            clock_, *random_, *events_);
        const auto port = host_->start();
        ASSERT_TRUE(port) << port.error().message;
        port_ = *port;
    }

    void restart() {
        host_->stop(std::chrono::seconds(5));
        start();
    }

    testing::WireClient wire() const { return testing::WireClient(port_); }

    /// P1 with E1 (Ann) and E2 (Bob) in its team.
    void given_a_team() {
        wire().post("/projects", project("P1"));
        wire().post("/employees", {{"employee_id", "E1"}, {"name", "Ann"}});
        wire().post("/employees", {{"employee_id", "E2"}, {"name", "Bob"}});
        wire().post("/projects/P1/team-members-assign", {{"employee_ids", {"E2", "E1"}}});
    }

    static boost::json::object project(const std::string& id) {
        return {{"id", id}, {"name", "N"}, {"description", "D"}, {"status", "inactive"}};
    }

    static void expect(const testing::WireReply& reply, int status, std::string_view body) {
        EXPECT_EQ(reply.status, status) << reply.body;
        EXPECT_EQ(reply.json(), boost::json::parse(body)) << reply.body;
    }

    /// The types and places of a 422: "missing body.name, string_type body.id".
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
    std::unique_ptr<service::ServiceHost> host_;
    std::uint16_t port_ = 0;
};

}  // namespace dsm::project
