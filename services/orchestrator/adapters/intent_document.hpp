// An undertaking as one JSON document, in the words in which the services gave its inputs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "services/orchestrator/app/ports.hpp"

namespace dsm::orchestrator {

std::string intent_document(const Undertaking& undertaking);

/// nullopt: it is not such a document. What is read back decides as what was written.
std::optional<Undertaking> parse_intent(std::string_view document);

}  // namespace dsm::orchestrator
