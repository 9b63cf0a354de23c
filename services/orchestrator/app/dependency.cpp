#include "services/orchestrator/app/dependency.hpp"

#include <utility>

namespace dsm::orchestrator {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

}  // namespace

std::string_view name_of(Standing standing) {
    switch (standing) {
        case Standing::kOk:
            return "ok";
        case Standing::kError:
            return "error";
        case Standing::kCircuitOpen:
            return "circuit_open";
    }
    return "error";
}

Dependency::Dependency(std::string title, const rt::Clock& clock, BreakerSettings settings)
    : title_(std::move(title)), clock_(clock), settings_(settings) {}

std::optional<seconds> Dependency::refusal() {
    if (!open_until_) return std::nullopt;
    const auto now = clock_.steady();
    if (now < *open_until_) {
        return std::max(seconds(1), std::chrono::ceil<seconds>(*open_until_ - now));
    }
    open_until_ = now + settings_.open_for;  // this caller is the probe; the others go on waiting
    return std::nullopt;
}

void Dependency::seen_well() {
    failures_ = 0;
    open_until_.reset();
    probed_well();
}

void Dependency::probed_well() {
    seen_at_ = clock_.steady();
    last_error_.clear();
}

void Dependency::probed_ill(std::string why) {
    seen_at_ = clock_.steady();
    last_error_ = std::move(why);
}

void Dependency::let_one_through() {
    if (open_until_) open_until_ = std::min(*open_until_, clock_.steady());
}

void Dependency::seen_ill(std::string why) {
    probed_ill(std::move(why));
    if (++failures_ >= settings_.failures_to_open) {
        open_until_ = clock_.steady() + settings_.open_for;
    }
}

Standing Dependency::standing() const {
    if (open_until_ && clock_.steady() < *open_until_) return Standing::kCircuitOpen;
    return last_error_.empty() ? Standing::kOk : Standing::kError;
}

milliseconds Dependency::age() const {
    if (!seen_at_) return std::chrono::hours(24 * 365);
    return std::chrono::floor<milliseconds>(clock_.steady() - *seen_at_);
}

Dependencies::Dependencies(const rt::Clock& clock, BreakerSettings breaker)
    : project("Project Service", clock, breaker),
      backlog("Backlog Service", clock, breaker),
      sprint("Sprint Service", clock, breaker),
      chronicle("Chronicle Service", clock, breaker),
      cluster("Kubernetes API", clock, breaker),
      stream("Redis", clock, breaker) {}

}  // namespace dsm::orchestrator
