// The orchestrator's rule for CronJob names, for the parts that only have texts.
#pragma once

#include <string>
#include <string_view>

namespace dsm::compose {

std::string cronjob_name(std::string_view project_id, std::string_view sprint_id);

}  // namespace dsm::compose
