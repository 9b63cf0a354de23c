// Reads through the doors of a running system what became of the decisions, and all that it says.
#pragma once

#include <boost/json/value.hpp>

#include "tests/chaos/history.hpp"
#include "tests/chaos/victim.hpp"

namespace dsm::chaos {

/// Decisions, notes, audits, sprints and events of project CHAOS as they are now, in place of what
/// `history` held of them. True when everything that was decided has been delivered.
bool gather(const Victim& system, History& history);

/// Of a note, an audit or an event of the stream.
Record record_of(const boost::json::value& document);

/// By the body of a 200; of one that cannot be read, a claim that no decision bears out.
Said said_by(const std::string& body);

/// Adds what the system shows to whoever asks: metrics, health, records, events, status, the
/// doctor's findings.
void overhear(const Victim& system, History& history);

}  // namespace dsm::chaos
