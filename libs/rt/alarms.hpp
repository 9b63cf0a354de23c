// Gives a limit to blocking calls that have none: does something when a deadline passes, from a
// thread of its own.
#pragma once

#include <functional>
#include <memory>

#include "libs/rt/clock.hpp"

namespace dsm::rt {

/// Safe from any thread. Outlives its alarms.
class Alarms {
public:
    Alarms();
    ~Alarms();
    Alarms(const Alarms&) = delete;
    Alarms& operator=(const Alarms&) = delete;

    /// One that is set. Destroying it disarms it.
    class Alarm {
    public:
        virtual ~Alarm() = default;
        /// After this it does not ring, nor is it ringing. True if it rang before.
        virtual bool disarm() = 0;
    };

    /// Calls `ring` once `deadline` has passed. `ring` is quick, does not throw, and leaves the
    /// alarms alone.
    std::unique_ptr<Alarm> set(Deadline deadline, std::function<void()> ring);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace dsm::rt
