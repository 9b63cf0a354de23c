// Strategic merge patch: maps merge, lists merge by key where the schema says so, directives.
#include <fmt/format.h>

#include "cluster/objects/decode.hpp"
#include "cluster/objects/patch.hpp"
#include "cluster/objects/patch/strategic_lists.hpp"
#include "cluster/objects/schema/schema.hpp"

namespace dsm::cluster {
namespace {

constexpr std::string_view kDirective = "$patch";
constexpr std::string_view kRetainKeys = "$retainKeys";
constexpr std::string_view kDelete = "$deleteFromPrimitiveList/";
constexpr std::string_view kOrder = "$setElementOrder/";

/// What the schema knows about a place; both null below what it knows.
struct Place {
    const Message* message = nullptr;

    const Field* field(std::string_view name) const {
        return message ? message->field(name) : nullptr;
    }
    Place inside(const Field* field) const {
        const bool typed =
            field && field->base == Base::kMessage && field->presence != Presence::kMap;
        return {typed ? field->message : nullptr};
    }
};

class StrategicMerge {
public:
    std::optional<std::string> error;

    json::value map(json::value original, json::object patch, Place place) {
        if (const auto* directive = patch.if_contains(kDirective)) {
            return directed(*directive, std::move(patch));
        }
        if (!original.is_object()) original.emplace_object();
        auto& target = original.get_object();
        retain_keys(target, patch);
        order_lists(target, patch, place);
        for (auto& [name, value] : patch) {
            if (error) break;
            merge_member(target, name, value, place);
        }
        return original;
    }

private:
    json::value directed(const json::value& directive, json::object patch) {
        if (directive == "replace") {
            patch.erase(kDirective);
            return patch;
        }
        if (directive == "delete") return json::object{};
        bad_type(directive, patch);
        return json::object{};
    }

    void retain_keys(json::object& target, json::object& patch) {
        const auto* found = patch.if_contains(kRetainKeys);
        if (!found) return;
        const json::value keys = *found;
        patch.erase(kRetainKeys);
        const auto* list = keys.if_array();
        const auto listed = [&](std::string_view name) {
            return list && std::ranges::find(*list, json::value(name)) != list->end();
        };
        for (const auto& [name, value] : patch) {
            const std::string_view key = name;
            if (value.is_null() || key.starts_with(kDelete) || key.starts_with(kOrder)) continue;
            if (!listed(key)) return fail("invalid patch format of retainKeys");
        }
        if (!list) return fail("invalid patch format of retainKeys");
        std::vector<std::string> dropped;
        for (const auto& [name, value] : target) {
            if (!listed(name)) dropped.emplace_back(name);
        }
        for (const auto& name : dropped) target.erase(name);
    }

    /// Lists with $setElementOrder are merged here and leave the patch.
    void order_lists(json::object& target, json::object& patch, Place place) {
        std::vector<std::string> directives;
        for (const auto& [name, value] : patch) {
            if (std::string_view(name).starts_with(kOrder)) directives.emplace_back(name);
        }
        for (const auto& directive : directives) {
            if (error) return;
            const json::value order = patch.at(directive);
            patch.erase(directive);
            const auto name = directive.substr(kOrder.size());
            const auto* ours = patch.if_contains(name);
            auto* theirs = target.if_contains(name);
            if (!order.is_array() || (ours && !ours->is_array()) ||
                (theirs && !theirs->is_array())) {
                return fail("expected a []interface {}, but received a different type");
            }
            if (!ours && !theirs) continue;
            if (theirs && !fits(theirs->get_array(), order.get_array())) return;
            const auto* field = place.field(name);
            const auto key = field ? std::string_view(field->smp_key) : std::string_view{};
            const json::array before = theirs ? theirs->get_array() : json::array{};
            json::array merged = before;
            if (ours) {
                const json::array patched = ours->get_array();
                if (!fits(patched, order.get_array())) return;
                if (!check_order(patched, order.get_array(), key)) return;
                merged = theirs ? list(field, before, patched, place)
                                : drop_directives(json::value(patched)).get_array();
            }
            if (error) return;
            target[name] = order_elements(merged, order.get_array(), before, key);
            patch.erase(name);
        }
    }

    /// Every element is looked for in the other list, so both are bounded.
    bool fits(const json::array& a, const json::array& b) {
        constexpr std::size_t kMaxElements = 5'000;
        if (a.size() <= kMaxElements && b.size() <= kMaxElements) return true;
        fail(fmt::format("lists of more than {} elements cannot be merged", kMaxElements));
        return false;
    }

    /// What the patch lists must be in the order, and in the same order.
    bool check_order(const json::array& patched, const json::array& order, std::string_view key) {
        std::size_t at = 0;
        for (const auto& each : patched) {
            if (each.is_object() && each.get_object().contains(kDirective)) continue;
            while (at < order.size() && !same_element(order[at], each, key)) ++at;
            if (at++ < order.size()) continue;
            fail(fmt::format("The order in patch list:\n{}\n doesn't match {} list:\n{}\n",
                             go_print(patched), "$setElementOrder", go_print(order)));
            return false;
        }
        return true;
    }

    void merge_member(json::object& target, std::string_view name, const json::value& value,
                      Place place) {
        const bool deletes = name.starts_with(kDelete);
        if (deletes) name.remove_prefix(kDelete.size());
        if (value.is_null()) {
            target.erase(name);
            return;
        }
        auto* original = target.if_contains(name);
        const auto* field = place.field(name);
        if (!original || original->kind() != value.kind()) {
            if (!deletes) target[name] = drop_directives(value);
        } else if (value.is_object()) {
            *original = map(std::move(*original), value.get_object(), place.inside(field));
        } else if (value.is_array()) {
            *original = deletes ? without(original->get_array(), value.get_array())
                                : list(field, original->get_array(), value.get_array(), place);
        } else {
            *original = value;
        }
    }

    json::array without(const json::array& list, const json::array& gone) {
        if (!fits(list, gone)) return list;
        json::array out;
        for (const auto& each : list) {
            if (std::ranges::find(gone, each) == gone.end()) out.push_back(each);
        }
        return out;
    }

    json::array list(const Field* field, json::array original, json::array patch, Place place) {
        if (!field || !field->smp_merge) return patch;
        if (!fits(original, patch)) return original;
        if (original.empty() && patch.empty()) return original;
        const auto& key = field->smp_key;
        const bool maps = (patch.empty() ? original : patch).front().is_object();
        if (!maps) {
            json::array merged = original;
            for (const auto& each : patch) {
                if (std::ranges::find(merged, each) == merged.end()) merged.push_back(each);
            }
            return order_elements(merged, patch, original, key);
        }
        if (key.empty()) {
            fail(fmt::format("cannot merge lists without merge key for {}", field->name));
            return original;
        }
        if (!special_elements(original, patch, key)) return original;
        json::array merged = original;
        for (const auto& each : patch) {
            if (!each.is_object() || !each.get_object().contains(key)) {
                fail(fmt::format("map: {} does not contain declared merge key: {}", go_print(each),
                                 key));
                return original;
            }
            const auto found = std::ranges::find_if(
                merged, [&](const auto& element) { return same_element(element, each, key); });
            if (found == merged.end()) {
                merged.push_back(each);
            } else {
                *found = map(*found, each.get_object(), place.inside(field));
            }
            if (error) return original;
        }
        return order_elements(merged, patch, original, key);
    }

    /// Takes elements with $patch out of the patch and does what they say; false on an error.
    bool special_elements(json::array& original, json::array& patch, const std::string& key) {
        json::array plain;
        bool replace = false;
        for (const auto& each : patch) {
            const auto* element = each.if_object();
            const auto* directive = element ? element->if_contains(kDirective) : nullptr;
            if (!directive) {
                plain.push_back(each);
            } else if (*directive == "replace") {
                replace = true;
            } else if (*directive == "delete") {
                if (!element->contains(key)) {
                    fail(fmt::format("map: {} does not contain declared merge key: {}",
                                     go_print(each), key));
                    return false;
                }
                json::array kept;
                for (const auto& old : original) {
                    if (!same_element(old, each, key)) kept.push_back(old);
                }
                original = std::move(kept);
            } else if (*directive == "merge") {
                fail("merging lists cannot yet be specified in the patch");
                return false;
            } else {
                bad_type(*directive, *element);
                return false;
            }
        }
        patch = replace ? json::array{} : plain;
        if (replace) original = std::move(plain);
        return true;
    }

    /// A value that meets nothing to merge with: as it is, without directives and nulls.
    json::value drop_directives(const json::value& value) {
        if (const auto* object = value.if_object()) {
            if (const auto* directive = object->if_contains(kDirective)) {
                if (*directive == "delete") return json::object{};
                if (*directive != "replace" && *directive != "merge") {
                    bad_type(*directive, *object);
                }
            }
            json::object out;
            for (const auto& [name, member] : *object) {
                const std::string_view key = name;
                if (key == kDirective || key == kRetainKeys || key.starts_with(kDelete) ||
                    key.starts_with(kOrder) || member.is_null()) {
                    continue;
                }
                out[name] = drop_directives(member);
            }
            return out;
        }
        if (const auto* array = value.if_array()) {
            json::array out;
            for (const auto& each : *array) {
                const auto* element = each.if_object();
                const auto* directive = element ? element->if_contains(kDirective) : nullptr;
                if (directive && element->size() <= 2) continue;
                out.push_back(drop_directives(each));
            }
            return out;
        }
        return value;
    }

    void bad_type(const json::value& directive, const json::object& patch) {
        fail(
            fmt::format("unknown patch type: {} in map: {}", go_print(directive), go_print(patch)));
    }

    void fail(std::string text) {
        if (!error) error = std::move(text);
    }
};

}  // namespace

ApiResult<json::value> apply_strategic_patch(const ResourceType& type, const json::value& document,
                                             std::string_view body) {
    auto patch = parse_json(body);
    if (!patch) return std::unexpected(bad_request(patch.error()));
    if (!patch->is_object()) {
        return std::unexpected(
            bad_request("json: cannot unmarshal array into Go value of type map[string]interface "
                        "{}"));
    }
    StrategicMerge merge;
    auto result = merge.map(document, patch->get_object(), {find_message(type.message)});
    if (merge.error) return std::unexpected(server_error(*merge.error));
    return result;
}

}  // namespace dsm::cluster
