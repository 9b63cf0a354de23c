// Requests to a Kubernetes API with the answers that a real one gave: read, played, compared, kept.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "libs/kube/access.hpp"

namespace dsm::kube::testing {

/// The file: {"server", "steps": [step…]}. A step has
///   ask      "METHOD /path?query"
///   headers  further ones; `accept` and `content` are short for theirs
///   body     JSON, or `text` for one that is sent as it stands
///   keep     {"name": "/json/pointer"}: of the answer, for `{name}` in later steps
///   pick     a path to the part of the answer that counts: member names, and objects that an
///            element of a list must contain
///   differs  why the embedded cluster answers otherwise
///   status, fields, answer   what the real server answered, made comparable
/// `{ns}` is a fresh namespace.
struct WireRecord {
    std::string server;
    std::vector<boost::json::object> steps;
};

/// Throws if the file is no record.
WireRecord read_wire_record(const std::string& path);

/// One step a line, so that a change of one answer is a change of one line.
std::string to_text(const WireRecord& record);

/// Plays the steps in a fresh namespace and gives each with the answers of this cluster; status 0
/// where there was none.
WireRecord play(const WireRecord& record, const Access& access, const std::string& name_space);

/// True if two clusters answered a step alike.
bool same_answer(const boost::json::object& one, const boost::json::object& other);

/// For people: what was asked, what was recorded and what was answered here.
std::string difference(const boost::json::object& recorded, const boost::json::object& here);

}  // namespace dsm::kube::testing
