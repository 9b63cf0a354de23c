// Holds the daily scrum of a sprint: one report a day, and "done" only when Chronicle has it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "services/sprint/app/neighbours.hpp"
#include "services/sprint/app/stores.hpp"

namespace dsm::sprint {

struct HeldScrum {
    int tasks_updated = 0;
    std::string report_id;
};

/// Runs on one thread. Calls for one sprint at the same time share one run and its outcome; each
/// waits no longer than its own deadline, and when the call that runs is cut off another takes
/// over.
class DailyScrum {
public:
    /// All outlive this.
    DailyScrum(ScrumJournal& journal, Notebook& notebook, const rt::Clock& clock)
        : journal_(journal), notebook_(notebook), clock_(clock) {}

    /// Idempotent a (sprint, today). kNotFound: no such sprint in progress. kUnavailable: Chronicle
    /// does not have the report yet; the report is kept as it is, and a repeat sends the same one.
    boost::asio::awaitable<Outcome<HeldScrum>> hold(std::string sprint_id, ProgressSource source,
                                                    Call call);

private:
    struct Flight;
    boost::asio::awaitable<Outcome<HeldScrum>> run(std::string sprint_id, Date date,
                                                   ProgressSource source, Call call);

    ScrumJournal& journal_;
    Notebook& notebook_;
    const rt::Clock& clock_;
    std::map<std::string, std::shared_ptr<Flight>> flights_;
};

}  // namespace dsm::sprint
