// What the API refuses about an object's content, with the real texts. Pure.
#pragma once

#include <string>
#include <vector>

#include "cluster/objects/status.hpp"

namespace dsm::cluster {

/// Errors of a new object, in the order the real server lists them; empty: acceptable. The object
/// must be decoded and defaulted, and have its name and namespace.
FieldErrors validate_create(const ResourceType& type, const json::value& object);

/// Errors of replacing `stored` by `object`, both prepared; `subresource` "" or "status".
FieldErrors validate_update(const ResourceType& type, std::string_view subresource,
                            const json::value& stored, const json::value& object);

/// Texts for Warning headers about an acceptable object. `stored` is null on create.
std::vector<std::string> warnings_of(const ResourceType& type, const json::value& object,
                                     const json::value* stored);

/// Errors of names and qualified names; empty: fine. Each is a sentence of the real server.
std::vector<std::string> subdomain_errors(std::string_view name);
std::vector<std::string> dns_label_errors(std::string_view name);
std::vector<std::string> qualified_name_errors(std::string_view key);
std::vector<std::string> label_value_errors(std::string_view value);

}  // namespace dsm::cluster
