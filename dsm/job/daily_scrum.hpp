// `dsm daily-scrum`: what the Pod of a daily-scrum Job runs. Exit code 0 means that a report is in
// Chronicle, and nothing else does.
#pragma once

#include <chrono>
#include <iosfwd>
#include <string>

#include "libs/rt/clock.hpp"
#include "libs/rt/random.hpp"

namespace dsm::job {

/// The Pod's environment (contract section 8), and how patient the job is.
struct DailyScrum {
    std::string project_id;
    std::string sprint_id;
    std::string sprint_service_url;
    /// sprint-service may still be starting, or the network of a fresh Pod not be there yet.
    std::chrono::milliseconds ready_limit{60'000};
    /// The call is repeated while it gets 503 or no answer: it is idempotent for the day.
    std::chrono::milliseconds run_limit{60'000};

    /// PROJECT_ID, SPRINT_ID, SPRINT_SERVICE_URL (by default the name in the cluster).
    static DailyScrum of_this_process();
};

/// Fails at once without both ids; waits for `/health`; runs the daily scrum. Blocks. Writes one
/// line to `out` on success, and the reason as the last line of `err` otherwise.
///
/// Exit code: 0 held, 1 the answer makes no sense or is an error, 2 an id is missing, 3 no such
/// active sprint, 4 sprint-service or Chronicle is not available.
int run_daily_scrum(const DailyScrum& job, std::ostream& out, std::ostream& err,
                    const rt::Clock& clock, rt::Random& random);

}  // namespace dsm::job
