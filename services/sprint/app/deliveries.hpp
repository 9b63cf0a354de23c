// Delivers what the outbox holds: events to the streams, notes to Chronicle, task states to the
// backlog.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <list>
#include <set>
#include <string>

#include "libs/outbox/outbox.hpp"
#include "libs/stream/event_stream.hpp"
#include "services/sprint/app/neighbours.hpp"
#include "services/sprint/app/stores.hpp"

namespace dsm::sprint {

struct DeliverySettings {
    std::size_t stream_max_length = 100'000;
    std::chrono::milliseconds call_timeout{5'000};  ///< of a call to another service
    std::chrono::milliseconds stream_timeout{5'000};
};

/// Runs on one thread.
class Deliveries {
public:
    /// All outlive this.
    Deliveries(SprintDirectory& directory, Backlog& backlog, Notebook& notebook,
               stream::EventStream& events, const rt::Clock& clock, DeliverySettings settings);

    boost::asio::awaitable<outbox::Delivered> deliver(outbox::Row row);

    /// Until the backlog has heard of all these tasks, at most `limit`: so that who closes a sprint
    /// and plans the next one finds its tasks, while a backlog that is down holds nobody up.
    boost::asio::awaitable<void> backlog_heard(std::set<std::string> task_ids,
                                               std::chrono::milliseconds limit);

private:
    struct Waiting {
        std::set<std::string>& left;
        boost::asio::steady_timer& done;
    };
    boost::asio::awaitable<outbox::Delivered> to_backlog(std::string payload, Call call);
    boost::asio::awaitable<outbox::Delivered> to_chronicle(outbox::Message message, Call call);

    SprintDirectory& directory_;
    Backlog& backlog_;
    Notebook& notebook_;
    stream::EventStream& events_;
    const rt::Clock& clock_;
    DeliverySettings settings_;
    std::list<Waiting> waiting_;
    std::string stream_said_;  ///< why the last append was refused; said in the log once
};

}  // namespace dsm::sprint
