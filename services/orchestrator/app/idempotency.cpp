#include "services/orchestrator/app/idempotency.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <vector>

namespace dsm::orchestrator {
namespace asio = boost::asio;

struct IdempotentRequests::Flying {
    std::string body_digest;
    std::optional<Outcome<Answer>> outcome;
    std::vector<std::shared_ptr<asio::steady_timer>> waiting;
};

namespace {

std::unexpected<Failure> other_body() {
    return failed(422, "This Idempotency-Key was used with another body.");
}

}  // namespace

IdempotentRequests::IdempotentRequests(DecisionStore& store, asio::any_io_executor executor)
    : store_(store), executor_(std::move(executor)) {}

IdempotentRequests::~IdempotentRequests() = default;

asio::awaitable<Outcome<Answer>> IdempotentRequests::run(std::optional<IdempotencyKey> key,
                                                         Call call, Work work) {
    if (!key) co_return co_await work();
    const std::pair name(key->scope, key->key);
    const auto found = flying_.find(name);
    if (found != flying_.end()) {
        if (found->second->body_digest != key->body_digest) co_return other_body();
        co_return co_await wait_for(found->second, call);
    }
    // Taken before the first wait, so that of two at once one does the work.
    const auto mine = std::make_shared<Flying>(Flying{.body_digest = key->body_digest});
    flying_.emplace(name, mine);
    // Also when this request's connection went away in the middle.
    const std::shared_ptr<void> landing(nullptr, [this, name, mine](void*) {
        flying_.erase(name);
        for (const auto& timer : mine->waiting) timer->cancel();
    });
    mine->outcome = co_await answer(std::move(*key), std::move(work));
    co_return *mine->outcome;
}

asio::awaitable<Outcome<Answer>> IdempotentRequests::wait_for(std::shared_ptr<Flying> flying,
                                                              Call call) {
    const auto timer = std::make_shared<asio::steady_timer>(executor_, call.deadline.at);
    flying->waiting.push_back(timer);
    co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
    if (!flying->outcome) co_return failed(503, "The orchestration took too long.");
    co_return *flying->outcome;
}

asio::awaitable<Outcome<Answer>> IdempotentRequests::answer(IdempotencyKey key, Work work) {
    const auto kept = co_await store_.kept(key);
    if (!kept) co_return failed(503, "The orchestrator's database does not answer.");
    if (*kept) {
        if ((*kept)->body_digest != key.body_digest) co_return other_body();
        co_return (*kept)->answer;
    }
    co_return co_await work();
}

}  // namespace dsm::orchestrator
