// What a service's schema is called. Internal to libs/sql.
#pragma once

#include <string>

namespace dsm::sql {

/// "sprint-service" → "sprint_service": a plain identifier, whatever the setting holds.
std::string schema_name(const std::string& service);

}  // namespace dsm::sql
