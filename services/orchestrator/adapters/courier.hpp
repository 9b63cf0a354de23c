// Brings what a decision leaves behind to Chronicle and to the stream. Nobody waits for it.
#pragma once

#include "libs/http/dependency_client.hpp"
#include "libs/outbox/outbox.hpp"
#include "libs/stream/event_stream.hpp"
#include "services/orchestrator/app/dependency.hpp"

namespace dsm::orchestrator {

struct CourierSettings {
    std::size_t stream_max_length = 100'000;
    std::chrono::milliseconds chronicle_timeout{5'000};  ///< of one delivery
    std::chrono::milliseconds stream_timeout{5'000};
};

class Courier {
public:
    Courier(http::DependencyClient chronicle, stream::EventStream& events, Dependency& stream,
            CourierSettings settings, const rt::Clock& clock);

    /// A destination that does not answer, turns everybody away, or whose breaker is open is tried
    /// again later, not before the time it named. A document that Chronicle refuses for what it is
    /// is refused.
    boost::asio::awaitable<outbox::Delivered> deliver(outbox::Row row);

private:
    boost::asio::awaitable<outbox::Delivered> to_chronicle(outbox::Row row);
    boost::asio::awaitable<outbox::Delivered> to_stream(outbox::Row row, rt::Deadline deadline);

    http::DependencyClient chronicle_;
    stream::EventStream& events_;
    Dependency& stream_;
    CourierSettings settings_;
    const rt::Clock& clock_;
};

}  // namespace dsm::orchestrator
