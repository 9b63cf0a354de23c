// Label and field selectors of list and watch requests.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/objects/status.hpp"

namespace dsm::cluster {

/// A parsed `labelSelector`. Immutable; matches everything when empty.
class LabelSelector {
public:
    /// The error is the real parser's sentence ("unable to parse requirement: …").
    static std::expected<LabelSelector, std::string> parse(std::string_view text);
    /// From the `selector` member of an object (matchLabels, matchExpressions).
    static LabelSelector from_object(const json::value& selector);

    /// `object` is a whole object; its metadata.labels are looked at.
    bool matches(const json::value& object) const;
    bool empty() const { return requirements_.empty(); }
    /// Sorted by key, as the real server prints it: "app in (a,b),team=x".
    std::string to_string() const;

private:
    friend class LabelSelectorParser;
    enum class Operator { kIn, kNotIn, kEquals, kNotEquals, kExists, kMissing, kGreater, kLess };
    struct Requirement {
        std::string key;
        Operator op = Operator::kExists;
        std::vector<std::string> values;  // sorted
    };
    bool holds(const Requirement& requirement, const json::object* labels) const;
    std::vector<Requirement> requirements_;
};

/// A parsed `fieldSelector` of one resource. Immutable; matches everything when empty.
class FieldSelector {
public:
    /// Only the fields the real server knows for the resource; a sentence otherwise.
    static std::expected<FieldSelector, std::string> parse(const ResourceType& type,
                                                           std::string_view text);
    bool matches(const json::value& object) const;
    bool empty() const { return terms_.empty(); }
    /// The value `metadata.name` is required to have; "" if it is not.
    std::string_view required_name() const;

private:
    struct Term {
        std::string field;
        std::string value;
        bool negated = false;
    };
    std::vector<Term> terms_;
};

struct Selection {
    LabelSelector labels;
    FieldSelector fields;
    bool matches(const json::value& object) const {
        return labels.matches(object) && fields.matches(object);
    }
    bool empty() const { return labels.empty() && fields.empty(); }
};

/// Both selectors of a request; 400 with the real text if one is wrong.
ApiResult<Selection> parse_selection(const ResourceType& type, std::string_view label_selector,
                                     std::string_view field_selector);

}  // namespace dsm::cluster
