#include "libs/rt/dependency.hpp"

#include <utility>

namespace dsm::rt {

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

struct Dependency::Seen {
    const Clock& clock;
    std::optional<Steady> at;
    std::string error = "not seen yet";

    void note(std::string why) {
        at = clock.steady();
        error = std::move(why);
    }
};

void Dependency::Ticket::well() {
    seen_->note("");
    permit_.succeeded();
}

void Dependency::Ticket::ill(std::string why) {
    seen_->note(std::move(why));
    permit_.failed();
}

void Dependency::Ticket::busy(std::string why, std::chrono::seconds wait) {
    seen_->note(std::move(why));
    permit_.postponed(wait);
}

Dependency::Dependency(std::string title, const Clock& clock, BreakerSettings breaker,
                       RetryBudgetSettings repeats)
    : title_(std::move(title)),
      clock_(clock),
      breaker_(breaker, clock),
      repeats_(repeats),
      seen_(std::make_shared<Seen>(Seen{.clock = clock, .at = {}})) {}

std::expected<Dependency::Ticket, std::chrono::seconds> Dependency::admit() {
    auto permit = breaker_.admit();
    if (!permit) {
        ++shed_;
        return std::unexpected(permit.error());
    }
    return Ticket(std::move(*permit), seen_);
}

void Dependency::probed_well() {
    seen_->note("");
}

void Dependency::probed_ill(std::string why) {
    seen_->note(std::move(why));
}

CallTally Dependency::tally() const {
    return {.state = breaker_.state(),
            .repeats = repeats_.taken(),
            .repeats_refused = repeats_.refused(),
            .shed = shed_};
}

Standing Dependency::standing() const {
    if (breaker_.wait()) return Standing::kCircuitOpen;
    return seen_->error.empty() ? Standing::kOk : Standing::kError;
}

const std::string& Dependency::last_error() const {
    return seen_->error;
}

std::chrono::milliseconds Dependency::age() const {
    if (!seen_->at) return std::chrono::hours(24 * 365);
    return std::chrono::floor<std::chrono::milliseconds>(clock_.steady() - *seen_->at);
}

}  // namespace dsm::rt
