#include "libs/service/call_metrics.hpp"

#include <gtest/gtest.h>

namespace dsm::service {
namespace {

class CallMetricsTest : public ::testing::Test {
protected:
    bool say(const std::string& line) const {
        return metrics_.text().find(line + "\n") != std::string::npos;
    }

    telemetry::Metrics metrics_;
    CallMetrics calls_{metrics_};
};

TEST_F(CallMetricsTest, SayWhichStateABreakerIsIn) {
    calls_.publish("redis", {.state = rt::BreakerState::kOpen});
    EXPECT_TRUE(say("dsm_dependency_breaker_state{dependency=\"redis\",state=\"open\"} 1"));
    EXPECT_TRUE(say("dsm_dependency_breaker_state{dependency=\"redis\",state=\"closed\"} 0"));

    calls_.publish("redis", {.state = rt::BreakerState::kClosed});

    EXPECT_TRUE(say("dsm_dependency_breaker_state{dependency=\"redis\",state=\"open\"} 0"));
    EXPECT_TRUE(say("dsm_dependency_breaker_state{dependency=\"redis\",state=\"half_open\"} 0"));
    EXPECT_TRUE(say("dsm_dependency_breaker_state{dependency=\"redis\",state=\"closed\"} 1"));
}

TEST_F(CallMetricsTest, CountEachRepeatRefusalAndShedCallOnceHoweverOftenTheyAreAsked) {
    calls_.publish("redis", {.repeats = 2, .repeats_refused = 1, .shed = 7});
    calls_.publish("kubernetes", {.repeats = 1});
    for (int i = 0; i < 3; ++i) {
        calls_.publish("redis", {.repeats = 5, .repeats_refused = 1, .shed = 9});
    }

    EXPECT_TRUE(say("dsm_dependency_retries_total{dependency=\"redis\"} 5"));
    EXPECT_TRUE(say("dsm_dependency_retries_refused_total{dependency=\"redis\"} 1"));
    EXPECT_TRUE(say("dsm_dependency_calls_shed_total{dependency=\"redis\"} 9"));
    EXPECT_TRUE(say("dsm_dependency_retries_total{dependency=\"kubernetes\"} 1"));
    EXPECT_TRUE(say("dsm_dependency_calls_shed_total{dependency=\"kubernetes\"} 0"));
}

}  // namespace
}  // namespace dsm::service
