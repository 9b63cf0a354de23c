// Waits for Ctrl-C or SIGTERM, and sees to it that the process ends soon after.
#pragma once

#include <chrono>
#include <memory>

namespace dsm::compose {

/// Takes the two signals over from its making on, so that none is missed while things start.
/// SIGPIPE is ignored from then on.
class StopSignal {
public:
    StopSignal();
    ~StopSignal();
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;

    /// Blocks until one of them came. A second one ends the process at once.
    void wait();

    /// Ends the process with exit code 0 when it still runs after `limit`: everything that was
    /// accepted is stored by then, as after a kill.
    void end_process_after(std::chrono::milliseconds limit);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace dsm::compose
