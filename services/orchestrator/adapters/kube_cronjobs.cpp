#include "services/orchestrator/adapters/kube_cronjobs.hpp"

namespace dsm::orchestrator {

KubeCronJobs::KubeCronJobs(kube::Client& client, std::string name_space, Dependency& dependency,
                           std::chrono::milliseconds timeout, const rt::Clock& clock)
    : client_(client),
      name_space_(std::move(name_space)),
      dependency_(dependency),
      timeout_(timeout),
      clock_(clock) {}

rt::Deadline KubeCronJobs::deadline_of(const Call& call) const {
    return call.deadline.sooner(rt::Deadline::after(clock_, timeout_));
}

std::optional<kube::Unknown> KubeCronJobs::refusal() {
    const auto wait = dependency_.refusal();
    if (!wait) return std::nullopt;
    return kube::Unknown{
        fmt::format("the Kubernetes API failed again and again and is not asked "
                    "for {} s; last: {}",
                    wait->count(), dependency_.last_error())};
}

template <class AnOutcome>
AnOutcome KubeCronJobs::noted(AnOutcome outcome) {
    if (const auto* unknown = std::get_if<kube::Unknown>(&outcome)) {
        dependency_.seen_ill(unknown->why);
    } else {
        dependency_.seen_well();
    }
    return outcome;
}

Awaited<kube::GetOutcome> KubeCronJobs::get(std::string name, Call call) {
    if (const auto refused = refusal()) co_return *refused;
    auto outcome =
        co_await client_.get(kube::kCronJobs, name_space_, std::move(name), deadline_of(call));
    co_return noted(std::move(outcome));
}

Awaited<kube::ListOutcome> KubeCronJobs::list(std::string label_selector, Call call) {
    if (const auto refused = refusal()) co_return *refused;
    kube::ListRequest request{.resource = kube::kCronJobs,
                              .name_space = name_space_,
                              .label_selector = std::move(label_selector)};
    auto outcome = co_await client_.list(std::move(request), deadline_of(call));
    co_return noted(std::move(outcome));
}

Awaited<kube::PageOutcome> KubeCronJobs::page(std::string label_selector, std::string next,
                                              Call call) {
    if (const auto refused = refusal()) co_return *refused;
    kube::ListRequest request{.resource = kube::kCronJobs,
                              .name_space = name_space_,
                              .label_selector = std::move(label_selector)};
    auto outcome = co_await client_.page(std::move(request), std::move(next), deadline_of(call));
    co_return noted(std::move(outcome));
}

Awaited<kube::CreateOutcome> KubeCronJobs::create(boost::json::object object, Call call) {
    if (const auto refused = refusal()) {
        co_return kube::Refused{.reason = "NotAsked", .message = refused->why};
    }
    auto outcome =
        co_await client_.create(kube::kCronJobs, name_space_, std::move(object), deadline_of(call));
    co_return noted(std::move(outcome));
}

Awaited<kube::DeleteOutcome> KubeCronJobs::remove(std::string name, std::string uid, Call call) {
    // Nothing is sent, so nothing is unknown.
    if (const auto refused = refusal()) {
        co_return kube::Refused{.reason = "NotAsked", .message = refused->why};
    }
    kube::DeleteRequest request{.resource = kube::kCronJobs,
                                .name_space = name_space_,
                                .name = std::move(name),
                                .uid = std::move(uid)};
    auto outcome = co_await client_.remove(std::move(request), deadline_of(call));
    co_return noted(std::move(outcome));
}

}  // namespace dsm::orchestrator
