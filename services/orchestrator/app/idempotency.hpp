// Gives the same answer again for the same Idempotency-Key (contract section 2.1).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "libs/rt/task_scope.hpp"
#include "services/orchestrator/app/ports.hpp"

namespace dsm::orchestrator {

/// The answer that was kept for `key`; another body under the same key: 422.
Outcome<Answer> answer_of(const KeptAnswer& kept, const IdempotencyKey& key);

/// Keys in flight are known to this process; answers given are known to the store, for 24 h. The
/// work itself keeps its answer, in the transaction of its decision.
///
/// Work with a key goes on when its requests went away or ran out of time, and its key stays in
/// flight as long: a repeat gets the answer of the work that was begun, never a second one.
class IdempotentRequests {
public:
    using Work = std::function<boost::asio::awaitable<Outcome<Answer>>()>;

    /// `scope` runs the work that has a key, and is joined before this is destroyed.
    IdempotentRequests(DecisionStore& store, rt::TaskScope& scope);
    ~IdempotentRequests();

    /// Without a key just `work`. With one: the kept answer, or that of the request in flight with
    /// this key, or `work`, which then must own what it uses and end by itself. The same key with
    /// another body: 422. A Failure 503 when `call` ran out of time first; it says whether the work
    /// was begun if that keeps the `progress` of `call`.
    boost::asio::awaitable<Outcome<Answer>> run(std::optional<IdempotencyKey> key, Call call,
                                                Work work);

private:
    struct Flying;
    using Name = std::pair<std::string, std::string>;  ///< scope and key

    boost::asio::awaitable<Outcome<Answer>> wait_for(std::shared_ptr<Flying> flying, Call call);
    boost::asio::awaitable<void> see_through(std::shared_ptr<Flying> flying, IdempotencyKey key,
                                             Work work);
    boost::asio::awaitable<Outcome<Answer>> answer(IdempotencyKey key, Work work);

    DecisionStore& store_;
    rt::TaskScope& scope_;
    std::map<Name, std::shared_ptr<Flying>> flying_;
};

}  // namespace dsm::orchestrator
