// Brings what a decision leaves behind to Chronicle and to the stream. Nobody waits for it.
#pragma once

#include "libs/http/client.hpp"
#include "libs/outbox/outbox.hpp"
#include "libs/stream/event_stream.hpp"
#include "services/orchestrator/app/dependency.hpp"

namespace dsm::orchestrator {

struct CourierSettings {
    std::string chronicle_url;
    std::size_t stream_max_length = 100'000;
    std::chrono::milliseconds timeout{5'000};
};

class Courier {
public:
    Courier(http::Client& client, stream::EventStream& events, Dependency& chronicle,
            Dependency& stream, CourierSettings settings, const rt::Clock& clock);

    /// A destination that does not answer, or turns everybody away, is tried again later. A
    /// document that Chronicle refuses for what it is will be refused every time: it is parked.
    boost::asio::awaitable<outbox::Delivered> deliver(outbox::Row row);

private:
    boost::asio::awaitable<outbox::Delivered> to_chronicle(outbox::Row row, rt::Deadline deadline);
    boost::asio::awaitable<outbox::Delivered> to_stream(outbox::Row row, rt::Deadline deadline);

    http::Client& client_;
    stream::EventStream& events_;
    Dependency& chronicle_;
    Dependency& stream_;
    CourierSettings settings_;
    const rt::Clock& clock_;
};

}  // namespace dsm::orchestrator
