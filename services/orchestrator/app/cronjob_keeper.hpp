// Looks at and makes the CronJob of one sprint: the Kubernetes side of an orchestration.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <variant>

#include "services/orchestrator/app/call.hpp"
#include "services/orchestrator/app/ports.hpp"
#include "services/orchestrator/core/cronjob_object.hpp"

namespace dsm::orchestrator {

struct CronJobMade {};
/// It was there already: somebody was quicker. Judge it as any other.
struct CronJobFound {
    CronJobState state;
};
struct CronJobRefused {
    std::string why;
};
/// It may or may not be there now; the next run looks first.
struct CronJobUncertain {
    std::string why;
};
using CronJobResult = std::variant<CronJobMade, CronJobFound, CronJobRefused, CronJobUncertain>;

class CronJobKeeper {
public:
    CronJobKeeper(CronJobs& cronjobs, CronJobTemplate common);

    /// Absent only when the API server said that there is no such object.
    boost::asio::awaitable<Input<CronJobState>> look(ProjectId project, SprintId sprint,
                                                     const ProjectSettings* settings, Call call);

    /// Idempotent by the object's name. An outcome that is unknown is read back: an object that
    /// carries this request's decision id is the one made here. Another one is compared with what
    /// `settings` remember, as `look` does, and not with the request.
    boost::asio::awaitable<CronJobResult> make(CronJobRequest request,
                                               const ProjectSettings* settings, Call call);

    const CronJobTemplate& common() const { return common_; }

private:
    boost::json::object expected_object(const ProjectId& project, const SprintId& sprint,
                                        const ProjectSettings* settings) const;
    boost::asio::awaitable<CronJobResult> read_back(boost::json::object expected,
                                                    std::string decision, std::string why,
                                                    Call call);

    CronJobs& cronjobs_;
    CronJobTemplate common_;
};

}  // namespace dsm::orchestrator
