#include "libs/service/call_metrics.hpp"

#include <utility>

namespace dsm::service {

void CallMetrics::publish(const std::string& dependency, const rt::CallTally& tally) {
    static constexpr std::pair<rt::BreakerState, const char*> kStates[] = {
        {rt::BreakerState::kClosed, "closed"},
        {rt::BreakerState::kHalfOpen, "half_open"},
        {rt::BreakerState::kOpen, "open"}};
    for (const auto& [state, name] : kStates) {
        metrics_.gauge("dsm_dependency_breaker_state", state == tally.state ? 1 : 0,
                       {{"dependency", dependency}, {"state", name}});
    }
    rt::CallTally& before = published_[dependency];
    const auto count = [&](const char* metric, std::uint64_t now, std::uint64_t then) {
        metrics_.count(metric, {{"dependency", dependency}}, static_cast<double>(now - then));
    };
    count("dsm_dependency_retries_total", tally.repeats, before.repeats);
    count("dsm_dependency_retries_refused_total", tally.repeats_refused, before.repeats_refused);
    count("dsm_dependency_calls_shed_total", tally.shed, before.shed);
    before = tally;
}

}  // namespace dsm::service
