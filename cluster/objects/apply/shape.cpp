// Shapes from the schema, keys of list elements, and which JSON types fit.
#include "cluster/objects/apply/shape.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dsm::cluster {
namespace {

bool is_root_member(std::string_view name) {
    return name == "apiVersion" || name == "kind";
}

std::string go_literal(const json::value& value) {
    if (value.is_object()) return "map[string]interface {}{...}";
    if (value.is_array()) return "[]interface {}{...}";
    return json::serialize(value);
}

}  // namespace

Shape Shape::root(const Message& message) {
    Shape shape;
    shape.kind_ = Kind::kStruct;
    shape.atomic_ = false;
    shape.is_root_ = true;
    shape.message_ = &message;
    return shape;
}

Shape Shape::of_element(const Field& field) {
    Shape shape;
    shape.field_ = &field;
    if (field.base == Base::kMessage) {
        shape.kind_ = Kind::kStruct;
        shape.message_ = field.message;
        shape.atomic_ = field.message->atomic;
    }
    return shape;
}

Shape Shape::of_field(const Field& field) {
    if (field.presence != Presence::kRep && field.presence != Presence::kMap) {
        return of_element(field);
    }
    Shape shape;
    shape.field_ = &field;
    if (field.presence == Presence::kMap) {
        shape.kind_ = Kind::kMap;
        shape.atomic_ = field.atomic_map;
    } else {
        shape.kind_ = Kind::kList;
        shape.atomic_ = field.list_kind == ListKind::kAtomic;
    }
    return shape;
}

Shape Shape::member(std::string_view name) const {
    if (kind_ == Kind::kMap) return of_element(*field_);
    const auto* field = message_ ? message_->field(name) : nullptr;
    return field ? of_field(*field) : Shape();
}

bool Shape::declares(std::string_view name) const {
    if (kind_ != Kind::kStruct) return false;
    return (is_root_ && is_root_member(name)) || message_->field(name) != nullptr;
}

Shape Shape::element() const {
    return of_element(*field_);
}

std::expected<std::string, std::string> Shape::key_of(const json::value& element,
                                                      std::size_t index) const {
    if (is_set()) return "v:" + json::serialize(element);
    json::object key;
    auto names = field_->list_keys;
    std::ranges::sort(names);
    for (const auto& name : names) {
        if (const auto* value = find_at(element, {name}); value && !value->is_null()) {
            key[name] = *value;
        } else if (name == "protocol") {
            key[name] = "TCP";
        } else if (name == "name") {
            key[name] = "";
        } else {
            return std::unexpected(
                fmt::format("element {}: associative list with keys has an element that omits key "
                            "field {} (and doesn't have default value)",
                            index, go_quote(name)));
        }
    }
    return "k:" + json::serialize(key);
}

std::string Shape::type_error(const json::value& value) const {
    if (value.is_null()) return "";
    switch (kind_) {
        case Kind::kStruct:
        case Kind::kMap:
            return value.is_object()
                       ? ""
                       : fmt::format("expected map, got &{{{}}}", json::serialize(value));
        case Kind::kList:
            return value.is_array()
                       ? ""
                       : fmt::format("expected list, got &{{{}}}", json::serialize(value));
        case Kind::kLeaf:
            break;
    }
    if (!field_) {
        return value.is_string() ? "" : "expected string, got " + go_literal(value);
    }
    switch (field_->base) {
        case Base::kBool:
            return value.is_bool() ? "" : "expected boolean, got " + go_literal(value);
        case Base::kInt32:
        case Base::kInt64:
            if (value.is_number()) return "";
            return fmt::format("expected numeric (int or float), got {}",
                               value.is_string() ? "string"
                               : value.is_bool() ? "bool"
                                                 : "interface {}");
        case Base::kRaw:
        case Base::kStrings:
        case Base::kIntOrString:
        case Base::kQuantity:
            return "";
        default:
            return value.is_string() ? "" : "expected string, got " + go_literal(value);
    }
}

}  // namespace dsm::cluster
