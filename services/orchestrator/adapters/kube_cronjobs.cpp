#include "services/orchestrator/adapters/kube_cronjobs.hpp"

#include "libs/rt/patience.hpp"

namespace dsm::orchestrator {
namespace {

template <class AnOutcome>
void report(Dependency::Ticket& ticket, const AnOutcome& outcome, bool too_short) {
    const auto* unknown = std::get_if<kube::Unknown>(&outcome);
    if (!unknown) return ticket.well();
    if (too_short) return;
    switch (unknown->health) {
        case http::Health::kWell:
            return ticket.well();
        case http::Health::kBusy:
            return ticket.busy(unknown->why,
                               unknown->retry_after.value_or(std::chrono::seconds(1)));
        case http::Health::kIll:
            return ticket.ill(unknown->why);
        case http::Health::kUnsaid:
            break;
    }
}

}  // namespace

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

kube::Unknown KubeCronJobs::refusal(std::chrono::seconds wait) const {
    return {.why = fmt::format("the Kubernetes API failed again and again and is not asked "
                               "for {} s; last: {}",
                               wait.count(), dependency_.last_error()),
            .health = http::Health::kUnsaid,
            .retry_after = wait};
}

Awaited<kube::GetOutcome> KubeCronJobs::get(std::string name, Call call) {
    auto ticket = dependency_.admit();
    if (!ticket) co_return refusal(ticket.error());
    const rt::Patience patience(call.deadline, timeout_, clock_);
    auto outcome =
        co_await client_.get(kube::kCronJobs, name_space_, std::move(name), deadline_of(call));
    report(*ticket, outcome, patience.too_short(clock_));
    co_return outcome;
}

Awaited<kube::ListOutcome> KubeCronJobs::list(std::string label_selector, Call call) {
    auto ticket = dependency_.admit();
    if (!ticket) co_return refusal(ticket.error());
    kube::ListRequest request{.resource = kube::kCronJobs,
                              .name_space = name_space_,
                              .label_selector = std::move(label_selector)};
    const rt::Patience patience(call.deadline, timeout_, clock_);
    auto outcome = co_await client_.list(std::move(request), deadline_of(call));
    report(*ticket, outcome, patience.too_short(clock_));
    co_return outcome;
}

Awaited<kube::PageOutcome> KubeCronJobs::page(std::string label_selector, std::string next,
                                              Call call) {
    auto ticket = dependency_.admit();
    if (!ticket) co_return refusal(ticket.error());
    kube::ListRequest request{.resource = kube::kCronJobs,
                              .name_space = name_space_,
                              .label_selector = std::move(label_selector)};
    const rt::Patience patience(call.deadline, timeout_, clock_);
    auto outcome = co_await client_.page(std::move(request), std::move(next), deadline_of(call));
    report(*ticket, outcome, patience.too_short(clock_));
    co_return outcome;
}

Awaited<kube::CreateOutcome> KubeCronJobs::create(boost::json::object object, Call call) {
    auto ticket = dependency_.admit();
    if (!ticket) {
        co_return kube::Refused{.reason = "NotAsked", .message = refusal(ticket.error()).why};
    }
    const rt::Patience patience(call.deadline, timeout_, clock_);
    auto outcome =
        co_await client_.create(kube::kCronJobs, name_space_, std::move(object), deadline_of(call));
    report(*ticket, outcome, patience.too_short(clock_));
    co_return outcome;
}

Awaited<kube::DeleteOutcome> KubeCronJobs::remove(std::string name, std::string uid, Call call) {
    // Nothing is sent, so nothing is unknown.
    auto ticket = dependency_.admit();
    if (!ticket) {
        co_return kube::Refused{.reason = "NotAsked", .message = refusal(ticket.error()).why};
    }
    kube::DeleteRequest request{.resource = kube::kCronJobs,
                                .name_space = name_space_,
                                .name = std::move(name),
                                .uid = std::move(uid)};
    const rt::Patience patience(call.deadline, timeout_, clock_);
    auto outcome = co_await client_.remove(std::move(request), deadline_of(call));
    report(*ticket, outcome, patience.too_short(clock_));
    co_return outcome;
}

}  // namespace dsm::orchestrator
