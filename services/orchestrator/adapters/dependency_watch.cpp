#include "services/orchestrator/adapters/dependency_watch.hpp"

#include "libs/http/errors.hpp"
#include "libs/rt/parallel.hpp"
#include "libs/rt/task_scope.hpp"

namespace dsm::orchestrator {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

constexpr auto kLookEvery = 1s;
constexpr auto kFreshFor = 10s;
constexpr auto kAnswerWithin = 2s;

/// One that was ill is looked at every round: its recovery should show soon.
bool is_due(const Dependency& dependency) {
    return dependency.standing() != Standing::kOk || dependency.age() >= kFreshFor;
}

}  // namespace

DependencyWatch::DependencyWatch(http::Client& client, kube::Client& cluster,
                                 stream::EventStream& events, Dependencies& dependencies,
                                 const Config& config, const rt::Clock& clock)
    : client_(client),
      cluster_(cluster),
      events_(events),
      dependencies_(dependencies),
      config_(config),
      clock_(clock) {}

asio::awaitable<void> DependencyWatch::run() {
    bool going = true;
    while (going) {
        std::vector<std::function<asio::awaitable<void>()>> looks;
        const auto add_service = [&](const std::string& url, Dependency& dependency) {
            if (!is_due(dependency)) return;
            looks.emplace_back(
                [this, url, &dependency] { return look_at_service(url, dependency); });
        };
        add_service(config_.project_url, dependencies_.project);
        add_service(config_.backlog_url, dependencies_.backlog);
        add_service(config_.sprint_url, dependencies_.sprint);
        add_service(config_.chronicle_url, dependencies_.chronicle);
        if (is_due(dependencies_.cluster)) looks.emplace_back([this] { return look_at_cluster(); });
        if (is_due(dependencies_.stream)) looks.emplace_back([this] { return look_at_stream(); });
        co_await rt::when_all(std::move(looks));
        going = co_await rt::sleep_for(kLookEvery);
    }
}

asio::awaitable<void> DependencyWatch::look_at_service(std::string url, Dependency& dependency) {
    http::ClientRequest request{.url = std::move(url) + "/health"};
    const auto response =
        co_await client_.send(std::move(request), rt::Deadline::after(clock_, kAnswerWithin));
    if (response && response->status == 200) {
        dependency.probed_well();
    } else {
        dependency.probed_ill(response ? http::reason_phrase(response->status)
                                       : response.error().message);
    }
}

asio::awaitable<void> DependencyWatch::look_at_cluster() {
    const bool answers = co_await cluster_.reachable(rt::Deadline::after(clock_, kAnswerWithin));
    if (answers) {
        dependencies_.cluster.probed_well();
        // After an outage the first POST should not have to wait for the breaker's time to pass.
        // One that answers here while calls fail gets no more of them for it.
        if (!cluster_answers_) dependencies_.cluster.let_one_through();
    } else {
        dependencies_.cluster.probed_ill("the API server does not answer");
    }
    cluster_answers_ = answers;
}

asio::awaitable<void> DependencyWatch::look_at_stream() {
    const bool answers = co_await events_.healthy(rt::Deadline::after(clock_, kAnswerWithin));
    if (answers) {
        dependencies_.stream.probed_well();
    } else if (dependencies_.stream.standing() == Standing::kOk ||
               dependencies_.stream.age() >= kFreshFor) {
        // Otherwise somebody who called it knows more: what it refused, and why.
        dependencies_.stream.probed_ill("the stream does not answer");
    }
}

}  // namespace dsm::orchestrator
