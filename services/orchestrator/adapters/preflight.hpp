// Keeps track of whether the orchestrator may do at the Kubernetes API what it needs to do there.
#pragma once

#include <vector>

#include "services/orchestrator/app/ports.hpp"
#include "services/orchestrator/core/rights.hpp"

namespace dsm::orchestrator {

/// Looks at start, then every ten seconds, and every three while something is missing or unknown,
/// so that what was taken away or granted shows without a restart. It tells and never decides: a
/// call whose right is missing is still made, and its own 403 is what its caller sees. One thread.
class Preflight {
public:
    Preflight(AccessReviews& reviews, std::string name_space, const rt::Clock& clock);

    /// Until cancelled.
    boost::asio::awaitable<void> run();

    /// As last seen, in the order of `rights_needed`; empty before the first look ended.
    const std::vector<RightFinding>& findings() const { return findings_; }

private:
    boost::asio::awaitable<void> look();
    void tell_changes(const std::vector<RightFinding>& before) const;

    AccessReviews& reviews_;
    const std::vector<Right> needed_;
    const rt::Clock& clock_;
    std::vector<RightFinding> findings_;
};

}  // namespace dsm::orchestrator
