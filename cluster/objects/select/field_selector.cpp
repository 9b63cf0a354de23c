// Field selectors: which fields each resource knows, and both selectors of a request together.
#include <fmt/format.h>

#include <algorithm>

#include "cluster/objects/selector.hpp"

namespace dsm::cluster {
namespace {

constexpr std::string_view kCoreEventFields[] = {"involvedObject.kind",
                                                 "involvedObject.namespace",
                                                 "involvedObject.name",
                                                 "involvedObject.uid",
                                                 "involvedObject.apiVersion",
                                                 "involvedObject.resourceVersion",
                                                 "involvedObject.fieldPath",
                                                 "reason",
                                                 "reportingComponent",
                                                 "source",
                                                 "type"};
constexpr std::string_view kNewEventFields[] = {"regarding.kind",       "regarding.namespace",
                                                "regarding.name",       "regarding.uid",
                                                "regarding.apiVersion", "regarding.resourceVersion",
                                                "regarding.fieldPath",  "reason",
                                                "reportingController",  "type"};

bool is_known(const ResourceType& type, std::string_view field) {
    if (field == "metadata.name" || field == "metadata.namespace") return true;
    if (type.kind == "Job") return field == "status.successful";
    if (type.kind == "Namespace") return field == "status.phase" || field == "name";
    if (type.kind != "Event") return false;
    if (type.group.empty())
        return std::ranges::find(kCoreEventFields, field) != std::end(kCoreEventFields);
    return std::ranges::find(kNewEventFields, field) != std::end(kNewEventFields);
}

std::string unknown_field(const ResourceType& type, std::string_view field) {
    if (type.kind == "Job") {
        return fmt::format("field label {} not supported for Job", go_quote(field));
    }
    if (type.kind == "Event" || type.kind == "Namespace") {
        return fmt::format("field label not supported: {}", field);
    }
    return fmt::format(
        "{} is not a known field selector: only \"metadata.name\", \"metadata.namespace\"",
        go_quote(field));
}

/// Splits at commas that are not escaped; "\\", "\," and "\=" stay for unescape.
std::vector<std::string> split_terms(std::string_view text) {
    std::vector<std::string> terms(1);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) {
            terms.back() += text[i++];
            terms.back() += text[i];
        } else if (text[i] == ',') {
            terms.emplace_back();
        } else {
            terms.back() += text[i];
        }
    }
    std::erase(terms, "");
    return terms;
}

std::string unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) ++i;
        out += text[i];
    }
    return out;
}

struct Split {
    std::string field;
    std::string op;
    std::string value;
};

std::optional<Split> split_term(std::string_view term) {
    for (std::size_t i = 0; i < term.size(); ++i) {
        if (term[i] == '\\') {
            ++i;
            continue;
        }
        for (std::string_view op : {"!=", "==", "="}) {
            if (term.substr(i).starts_with(op)) {
                return Split{std::string(term.substr(0, i)), std::string(op),
                             std::string(term.substr(i + op.size()))};
            }
        }
    }
    return std::nullopt;
}

/// The value of a dotted field as selectors compare it.
std::string field_text(const json::value& object, std::string_view field) {
    if (field == "status.successful") {
        return std::to_string(number_at(object, {"status", "succeeded"}));
    }
    if (field == "name") return std::string(text_at(object, {"metadata", "name"}));
    if (field == "source" || field == "reportingComponent" || field == "reportingController") {
        const bool source = field == "source";
        auto text = source ? text_at(object, {"source", "component"}) : text_at(object, {field});
        if (text.empty() && source) text = text_at(object, {"reportingComponent"});
        if (text.empty() && field == "reportingController") {
            text = text_at(object, {"deprecatedSource", "component"});
        }
        return std::string(text);
    }
    const auto dot = field.find('.');
    if (dot == std::string_view::npos) return std::string(text_at(object, {field}));
    return std::string(text_at(object, {field.substr(0, dot), field.substr(dot + 1)}));
}

}  // namespace

std::expected<FieldSelector, std::string> FieldSelector::parse(const ResourceType& type,
                                                               std::string_view text) {
    FieldSelector selector;
    for (const auto& term : split_terms(text)) {
        const auto split = split_term(term);
        if (!split) {
            return std::unexpected(
                fmt::format("invalid selector: '{}'; can't understand '{}'", text, term));
        }
        if (split->field.empty() && split->value.empty()) continue;
        if (!is_known(type, split->field))
            return std::unexpected(unknown_field(type, split->field));
        selector.terms_.push_back({split->field, unescape(split->value), split->op == "!="});
    }
    return selector;
}

bool FieldSelector::matches(const json::value& object) const {
    return std::ranges::all_of(terms_, [&](const Term& term) {
        return (field_text(object, term.field) == term.value) != term.negated;
    });
}

std::string_view FieldSelector::required_name() const {
    for (const auto& term : terms_) {
        if (term.field == "metadata.name" && !term.negated) return term.value;
    }
    return {};
}

ApiResult<Selection> parse_selection(const ResourceType& type, std::string_view label_selector,
                                     std::string_view field_selector) {
    auto labels = LabelSelector::parse(label_selector);
    if (!labels) return std::unexpected(bad_request(labels.error()));
    auto fields = FieldSelector::parse(type, field_selector);
    if (!fields) return std::unexpected(bad_request(fields.error()));
    return Selection{std::move(*labels), std::move(*fields)};
}

}  // namespace dsm::cluster
