// The workspace of `dsm up --sample`: four small projects, one for each path of the orchestrator.
#pragma once

#include <string>

#include "libs/base/time.hpp"

namespace dsm::sample {

/// Under this name the data directory remembers that it has the sample.
inline constexpr const char* kDigest = "sample";

/// A workspace file whose dates lie around `today`:
///   TEST-001    an active sprint with its CronJob (monitor; heal once it is deleted)
///   MOBILE-APP  an active sprint whose CronJob is missing (heal)
///   WEB-STORE   tasks and no sprint (create)
///   DATA-LAKE   nothing to do (maintenance)
std::string text(Date today);

}  // namespace dsm::sample
