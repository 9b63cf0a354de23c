#include "services/orchestrator/adapters/preflight.hpp"

#include "libs/rt/parallel.hpp"
#include "libs/rt/task_scope.hpp"
#include "libs/telemetry/log.hpp"

namespace dsm::orchestrator {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

constexpr auto kLookEvery = 10s;
constexpr auto kLookAgain = 3s;
constexpr auto kAnswerWithin = 5s;
constexpr const char* kService = "project-orchestrator";

Grant grant_before(const std::vector<RightFinding>& before, const Right& right) {
    const auto found = std::ranges::find(before, right, &RightFinding::right);
    return found == before.end() ? Grant::kUnknown : found->grant;
}

}  // namespace

Preflight::Preflight(AccessReviews& reviews, std::string name_space, const rt::Clock& clock)
    : reviews_(reviews), needed_(rights_needed(name_space)), clock_(clock) {}

asio::awaitable<void> Preflight::run() {
    bool going = true;
    while (going) {
        co_await look();
        const bool well = standing_of(findings_) == Grant::kGranted;
        going = co_await rt::sleep_for(well ? kLookEvery : kLookAgain);
    }
}

asio::awaitable<void> Preflight::look() {
    std::vector<RightFinding> found(needed_.size());
    const auto deadline = rt::Deadline::after(clock_, kAnswerWithin);
    std::vector<std::function<asio::awaitable<void>()>> questions;
    for (std::size_t i = 0; i < needed_.size(); ++i) {
        questions.emplace_back([this, i, deadline, &found]() -> asio::awaitable<void> {
            found[i] = co_await reviews_.review(needed_[i], deadline);
        });
    }
    co_await rt::when_all(std::move(questions));
    const auto before = std::exchange(findings_, std::move(found));
    tell_changes(before);
}

void Preflight::tell_changes(const std::vector<RightFinding>& before) const {
    for (const RightFinding& finding : findings_) {
        const Grant was = grant_before(before, finding.right);
        if (finding.grant == was) continue;
        if (finding.grant == Grant::kMissing) {
            telemetry::log(
                telemetry::Level::kError, kService, "kubernetes_right_missing",
                {{"right", describe(finding.right)}, {"rule_to_add", missing_rules({finding})}});
        } else if (was == Grant::kMissing && finding.grant == Grant::kGranted) {
            telemetry::log(telemetry::Level::kInfo, kService, "kubernetes_right_granted",
                           {{"right", describe(finding.right)}});
        }
    }
}

}  // namespace dsm::orchestrator
