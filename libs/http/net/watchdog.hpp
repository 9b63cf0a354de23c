// Ends a wait whose time is over: one timer that may be moved for every step of a connection.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>

#include "libs/rt/clock.hpp"

namespace dsm::http {

/// One thread. Moving the deadline later costs nothing: the timer notices when it fires.
class Watchdog {
public:
    /// `bite` is called once, at the deadline, and never after the watchdog's destruction.
    Watchdog(const boost::asio::any_io_executor& executor, std::function<void()> bite);
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    void set(rt::Steady at);
    /// No deadline; the timer may still be pending. `stop` ends it, so that an event loop can too.
    void clear();
    void stop();
    /// True from the deadline on, until `set` again.
    bool bitten() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace dsm::http
