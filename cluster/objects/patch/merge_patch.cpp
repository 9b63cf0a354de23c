// RFC 7386.
#include <fmt/format.h>

#include "cluster/objects/decode.hpp"
#include "cluster/objects/patch.hpp"

namespace dsm::cluster {
namespace {

void merge(json::value& target, const json::value& patch) {
    const auto* members = patch.if_object();
    if (!members) {
        target = patch;
        return;
    }
    if (!target.is_object()) target.emplace_object();
    for (const auto& [name, value] : *members) {
        if (value.is_null()) {
            target.get_object().erase(name);
        } else {
            merge(target.get_object()[name], value);
        }
    }
}

}  // namespace

ApiResult<json::value> apply_merge_patch(const json::value& document, std::string_view body) {
    const auto patch = parse_json(body);
    if (!patch) return std::unexpected(bad_request("error decoding patch: " + patch.error()));
    if (!patch->is_object()) {
        return std::unexpected(bad_request(
            fmt::format("error decoding patch: json: cannot unmarshal {} into Go value of type "
                        "map[string]interface {{}}",
                        go_kind(*patch))));
    }
    json::value result = document;
    merge(result, *patch);
    return result;
}

}  // namespace dsm::cluster
