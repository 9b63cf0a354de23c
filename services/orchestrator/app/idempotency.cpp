#include "services/orchestrator/app/idempotency.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <vector>

namespace dsm::orchestrator {
namespace asio = boost::asio;

struct IdempotentRequests::Flying {
    std::string body_digest;
    std::shared_ptr<const Progress> progress;  ///< of the request whose work it is
    std::optional<Outcome<Answer>> outcome;
    std::vector<std::shared_ptr<asio::steady_timer>> waiting;
};

namespace {

std::unexpected<Failure> other_body() {
    return failed(422, "This Idempotency-Key was used with another body.");
}

}  // namespace

Outcome<Answer> answer_of(const KeptAnswer& kept, const IdempotencyKey& key) {
    if (kept.body_digest != key.body_digest) return other_body();
    return kept.answer;
}

IdempotentRequests::IdempotentRequests(DecisionStore& store, rt::TaskScope& scope)
    : store_(store), scope_(scope) {}

IdempotentRequests::~IdempotentRequests() = default;

asio::awaitable<Outcome<Answer>> IdempotentRequests::run(std::optional<IdempotencyKey> key,
                                                         Call call, Work work) {
    if (!key) co_return co_await work();
    if (scope_.cancelled()) co_return later(kStopping);
    const Name name(key->scope, key->key);
    const auto found = flying_.find(name);
    if (found != flying_.end()) {
        if (found->second->body_digest != key->body_digest) co_return other_body();
        co_return co_await wait_for(found->second, call);
    }
    // Taken before the first wait, so that of two at once one does the work.
    const auto mine = std::make_shared<Flying>(
        Flying{.body_digest = key->body_digest,
               .progress = call.progress ? call.progress : std::make_shared<Progress>()});
    flying_.emplace(name, mine);
    scope_.spawn("answer a key", [this, mine, key = std::move(*key), work = std::move(work)] {
        return see_through(mine, key, work);
    });
    co_return co_await wait_for(mine, call);
}

asio::awaitable<void> IdempotentRequests::see_through(std::shared_ptr<Flying> flying,
                                                      IdempotencyKey key, Work work) {
    co_await asio::this_coro::throw_if_cancelled(false);
    const Name name(key.scope, key.key);
    flying->outcome = co_await answer(std::move(key), std::move(work));
    flying_.erase(name);
    for (const auto& timer : flying->waiting) timer->cancel();
}

asio::awaitable<Outcome<Answer>> IdempotentRequests::wait_for(std::shared_ptr<Flying> flying,
                                                              Call call) {
    const auto timer = std::make_shared<asio::steady_timer>(scope_.executor(), call.deadline.at);
    flying->waiting.push_back(timer);
    if (!flying->outcome) co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
    if (!flying->outcome) co_return too_late(*flying->progress);
    co_return *flying->outcome;
}

asio::awaitable<Outcome<Answer>> IdempotentRequests::answer(IdempotencyKey key, Work work) {
    const auto kept = co_await store_.kept(key);
    if (!kept) co_return database_failed(kept.error());
    if (*kept) co_return answer_of(**kept, key);
    co_return co_await work();
}

}  // namespace dsm::orchestrator
