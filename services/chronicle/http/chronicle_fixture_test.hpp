// chronicle-service as its callers meet it: a real server on a free port, a store in a file.
#pragma once

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "libs/service/host.hpp"
#include "libs/testing/fresh_store.hpp"
#include "libs/testing/manual_clock.hpp"
#include "libs/testing/process.hpp"
#include "libs/testing/wire.hpp"
#include "services/chronicle/service.hpp"

namespace dsm::chronicle {

inline constexpr const char* kDaily = "/v1/notes/daily_scrum_report";
inline constexpr const char* kPlanning = "/v1/notes/sprint_planning";
inline constexpr const char* kRetrospective = "/v1/notes/sprint_retrospective";
inline constexpr const char* kAudit = "/v1/notes/decision_audit";

class ChronicleFixture : public ::testing::Test {
protected:
    void SetUp() override { start(); }

    void start() {
        host_.reset();
        host_ = std::make_unique<service::ServiceHost>(
            http::ServerSettings{.service = "chronicle-service"},
            [this](service::Environment environment) {
                return make_service({.database = testing::fresh_store(folder_, "chronicle")},
                                    environment);
            },
            clock_, *random_, *events_);
        auto port = host_->start();
        ASSERT_TRUE(port) << port.error().message;
        wire_ = std::make_unique<testing::WireClient>(*port);
    }

    boost::json::value get(const std::string& target) {
        const auto reply = wire_->get(target);
        EXPECT_EQ(reply.status, 200) << target << ": " << reply.body;
        return reply.status == 200 ? reply.json() : boost::json::value();
    }
    /// The id in the answer; the note must be accepted.
    std::string post(const std::string& path, const boost::json::value& body,
                     const http::Headers& headers = {}) {
        const auto reply = wire_->send("POST", path, boost::json::serialize(body), headers);
        EXPECT_EQ(reply.status, 201) << reply.body;
        if (reply.status != 201) return {};
        const auto answer = reply.json().as_object();
        const char* key = answer.contains("note_id") ? "note_id" : "retrospective_id";
        return std::string(answer.at(key).as_string());
    }
    /// The `[type, place]` of every error of a 422, in order, as one text.
    static std::string errors_of(const testing::WireReply& reply) {
        EXPECT_EQ(reply.status, 422) << reply.body;
        if (reply.status != 422) return {};
        std::string text;
        for (const auto& error : reply.json().at("detail").as_array()) {
            text += boost::json::serialize(error.at("loc")) + " " +
                    std::string(error.at("type").as_string()) + "\n";
        }
        return text;
    }

    testing::TemporaryFolder folder_;
    testing::ManualClock clock_{*parse_rfc3339("2025-08-31T14:05:00Z")};
    std::unique_ptr<rt::Random> random_ = rt::make_seeded_random(7);
    std::unique_ptr<stream::EventStream> events_ =
        stream::open_sql_stream(":memory:", clock_).value();
    std::unique_ptr<service::ServiceHost> host_;
    std::unique_ptr<testing::WireClient> wire_;
};

}  // namespace dsm::chronicle
