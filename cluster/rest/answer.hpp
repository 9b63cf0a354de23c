// Turns values and refusals into HTTP answers: negotiation, indentation, warnings.
#pragma once

#include <string>
#include <vector>

#include "cluster/objects/status.hpp"
#include "libs/http/message.hpp"

namespace dsm::cluster {

/// What the client wants objects to look like.
enum class Shape { kWhole, kTable, kPartial };

struct Wish {
    Shape shape = Shape::kWhole;
    bool yaml = false;    ///< JSON text, which is YAML, under the other name
    bool pretty = false;  ///< indented
};

/// Reads Accept (406 if nothing we have is wanted) and `pretty`. `shapes`: whether Table and
/// partial objects can be had here; `collection` only words the refusal.
ApiResult<Wish> read_wish(const http::Request& request, bool shapes, bool collection);

/// Indented by two spaces, as the real server prints for people.
std::string pretty_print(const json::value& value);

http::Response answer(int status, const json::value& value, const Wish& wish,
                      const std::vector<std::string>& warnings = {});
/// `body` is JSON text already.
http::Response answer_text(int status, std::string body, const Wish& wish);
http::Response answer(const ApiError& error, const Wish& wish = {},
                      const std::vector<std::string>& warnings = {});

/// `{"k":v,…` of an object without its kind and apiVersion, as items of typed lists are.
void append_item(std::string& out, const json::value& object);

}  // namespace dsm::cluster
