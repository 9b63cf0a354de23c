// Each opening and closing begins an era; what is said on a permit of an earlier one is late.
#include "libs/rt/breaker.hpp"

#include <algorithm>
#include <utility>

namespace dsm::rt {

using std::chrono::seconds;

namespace {

constexpr seconds kShortestWait{1};

}  // namespace

struct Breaker::State {
    BreakerSettings settings;
    const Clock& clock;
    int failures = 0;
    std::uint64_t era = 0;
    std::optional<Steady> open_until;  ///< empty: closed
    bool probing = false;              ///< the one call of half open is out
    bool postponed = false;            ///< until then because a probe was turned away

    void close() {
        failures = 0;
        if (!open_until) return;
        ++era;
        open_until.reset();
        probing = false;
        postponed = false;
    }
    void open(seconds time) {
        ++era;
        open_until = clock.steady() + time;
        probing = false;
        postponed = false;
    }
    void postpone(seconds wait) {
        open(std::clamp(wait, kShortestWait, std::max(settings.open_for, kLongestPostponement)));
        postponed = true;
    }
};

Breaker::Permit::Permit(std::shared_ptr<State> state, std::uint64_t era, bool probe)
    : state_(std::move(state)), era_(era), probe_(probe) {}

Breaker::Permit::~Permit() {
    const auto state = state_;
    if (speaks() && probe_) state->probing = false;
}

Breaker::Permit& Breaker::Permit::operator=(Permit&& other) noexcept {
    const Permit given_back(std::move(*this));
    state_ = std::move(other.state_);
    era_ = other.era_;
    probe_ = other.probe_;
    return *this;
}

bool Breaker::Permit::speaks() {
    const auto state = std::exchange(state_, nullptr);
    return state && state->era == era_;
}

bool Breaker::Permit::is_probe() const {
    return probe_;
}

void Breaker::Permit::succeeded() {
    const auto state = state_;
    if (speaks()) state->close();
}

void Breaker::Permit::failed() {
    const auto state = state_;
    if (!speaks()) return;
    const bool enough = ++state->failures >= state->settings.failures_to_open;
    if (probe_ || enough) state->open(state->settings.open_for);
}

void Breaker::Permit::postponed(seconds wait) {
    const auto state = state_;
    if (speaks() && probe_) state->postpone(wait);
}

Breaker::Breaker(BreakerSettings settings, const Clock& clock)
    : state_(std::make_shared<State>(State{.settings = settings, .clock = clock})) {}

std::expected<Breaker::Permit, seconds> Breaker::admit() {
    if (const auto left = wait()) return std::unexpected(*left);
    const bool probe = state_->open_until.has_value();
    state_->probing = probe;
    return Permit(state_, state_->era, probe);
}

std::optional<seconds> Breaker::wait() const {
    const State& state = *state_;
    if (!state.open_until) return std::nullopt;
    // How long a probe takes nobody knows; asking again after a second costs little.
    if (state.probing) return kShortestWait;
    const auto now = state.clock.steady();
    if (now >= *state.open_until) return std::nullopt;
    return std::max(kShortestWait, std::chrono::ceil<seconds>(*state.open_until - now));
}

BreakerState Breaker::state() const {
    const State& state = *state_;
    if (!state.open_until) return BreakerState::kClosed;
    const bool over = state.clock.steady() >= *state.open_until;
    return state.probing || state.postponed || over ? BreakerState::kHalfOpen : BreakerState::kOpen;
}

void Breaker::let_one_through() {
    auto& until = state_->open_until;
    if (until) until = std::min(*until, state_->clock.steady());
}

}  // namespace dsm::rt
