// Performs a decision's plan: the sprint, then its CronJob. What happened is what is said.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>

#include "services/orchestrator/app/call.hpp"
#include "services/orchestrator/app/cronjob_keeper.hpp"
#include "services/orchestrator/app/ports.hpp"
#include "services/orchestrator/core/record.hpp"

namespace dsm::orchestrator {

/// Lives on the service's thread; the parts outlive it.
class Performer {
public:
    Performer(SprintDirectory& sprints, CronJobKeeper& cronjobs)
        : sprints_(sprints), cronjobs_(cronjobs) {}

    /// `begun`: what an earlier try already did is given, and only the rest is done. A Failure
    /// means that the sprint did not start, or with `maybe_done` that it may have, or that the
    /// turn was lost before the next act. The undertaking's snapshot is corrected where something
    /// was found to be otherwise.
    boost::asio::awaitable<Outcome<Performed>> perform(Undertaking& undertaking, Performed begun,
                                                       Call call);

    /// As if sprint-service had just answered with this sprint.
    static void note_sprint(Performed& performed, const StartedSprint& started);

private:
    boost::asio::awaitable<Outcome<void>> start_sprint(const Undertaking& undertaking,
                                                       CreateSprint plan, Performed& performed,
                                                       Call call);
    boost::asio::awaitable<void> make_cronjob(Undertaking& undertaking, CreateCronJob plan,
                                              Performed& performed, Call call);

    SprintDirectory& sprints_;
    CronJobKeeper& cronjobs_;
};

}  // namespace dsm::orchestrator
