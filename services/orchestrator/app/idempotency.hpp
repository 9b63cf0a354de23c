// Gives the same answer again for the same Idempotency-Key (contract section 2.1).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "services/orchestrator/app/ports.hpp"

namespace dsm::orchestrator {

/// Keys in flight are known to this process; answers given are known to the store, for 24 h. The
/// work itself keeps its answer, in the transaction of its decision.
class IdempotentRequests {
public:
    using Work = std::function<boost::asio::awaitable<Outcome<Answer>>()>;

    IdempotentRequests(DecisionStore& store, boost::asio::any_io_executor executor);
    ~IdempotentRequests();

    /// Without a key just `work`. With one: the kept answer, or that of the request in flight with
    /// this key, or `work`. The same key with another body: 422.
    boost::asio::awaitable<Outcome<Answer>> run(std::optional<IdempotencyKey> key, Call call,
                                                Work work);

private:
    struct Flying;

    boost::asio::awaitable<Outcome<Answer>> wait_for(std::shared_ptr<Flying> flying, Call call);
    boost::asio::awaitable<Outcome<Answer>> answer(IdempotencyKey key, Work work);

    DecisionStore& store_;
    boost::asio::any_io_executor executor_;
    std::map<std::pair<std::string, std::string>, std::shared_ptr<Flying>> flying_;
};

}  // namespace dsm::orchestrator
