// Checks a plain JSON value against a type of the schema and brings it to its canonical form.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cluster/objects/json.hpp"
#include "cluster/objects/schema/schema.hpp"

namespace dsm::cluster {

struct Typed {
    json::value value;
    /// The first wrong type, in Go's words; the value is then unusable.
    std::optional<std::string> error;
    /// Paths of fields the type does not have, in the order of the document.
    std::vector<std::string> unknown;
};

/// `envelope` allows apiVersion and kind beside the message's own fields and puts them first.
enum class Envelope { kNo, kYes };
Typed type_check(const Message& message, const json::value& value, Envelope envelope);

}  // namespace dsm::cluster
