// Waits for Ctrl-C or SIGTERM, and sees to it that the process ends soon after.
#pragma once

#include <chrono>
#include <memory>

namespace dsm::compose {

/// Takes the two signals over from its making on, so that none is missed while things start.
/// SIGPIPE is ignored from then on. `end_within` after a signal the process ends with exit code 0
/// if it still runs, also in the middle of its start: everything that was accepted is stored by
/// then, as after a kill.
class StopSignal {
public:
    explicit StopSignal(std::chrono::milliseconds end_within);
    ~StopSignal();
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;

    /// Blocks until one of them came. A second one ends the process at once.
    void wait();

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace dsm::compose
