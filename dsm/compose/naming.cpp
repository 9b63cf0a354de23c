// From texts to the orchestrator's ids.
#include "dsm/compose/naming.hpp"

#include "services/orchestrator/core/naming.hpp"

namespace dsm::compose {

std::string cronjob_name(std::string_view project_id, std::string_view sprint_id) {
    return orchestrator::cronjob_name(orchestrator::ProjectId(std::string(project_id)),
                                      orchestrator::SprintId(std::string(sprint_id)));
}

}  // namespace dsm::compose
