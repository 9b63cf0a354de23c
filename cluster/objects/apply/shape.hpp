// The shape of a place in an object, as ownership sees it: struct, map, list or leaf.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "cluster/objects/json.hpp"
#include "cluster/objects/schema/schema.hpp"

namespace dsm::cluster {

class Shape {
public:
    enum class Kind { kLeaf, kStruct, kMap, kList };

    static Shape root(const Message& message);

    Kind kind() const { return kind_; }
    /// Owned as a whole: a leaf, or an atomic struct, map or list.
    bool atomic() const { return atomic_; }
    bool is_set() const { return kind_ == Kind::kList && field_->list_kind == ListKind::kSet; }

    /// The member of a struct or map. A leaf for what the schema does not have.
    Shape member(std::string_view name) const;
    /// Whether a struct has the field, or this is the root's apiVersion or kind.
    bool declares(std::string_view name) const;
    Shape element() const;  ///< of a list

    /// The path element of a list's element; the error names what it lacks.
    std::expected<std::string, std::string> key_of(const json::value& element,
                                                   std::size_t index) const;

    /// "" if a value may stand here; else the real library's words.
    std::string type_error(const json::value& value) const;

private:
    Shape() = default;
    static Shape of_field(const Field& field);
    static Shape of_element(const Field& field);

    Kind kind_ = Kind::kLeaf;
    bool atomic_ = true;
    bool is_root_ = false;
    const Message* message_ = nullptr;
    const Field* field_ = nullptr;
};

}  // namespace dsm::cluster
