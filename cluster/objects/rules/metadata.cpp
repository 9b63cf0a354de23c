// Rules of metadata: names, labels, annotations, owners, finalizers, and what stays as it is.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cctype>

#include "cluster/objects/rules/rules.hpp"
#include "cluster/objects/validation.hpp"

namespace dsm::cluster {
namespace {

constexpr std::size_t kMaxAnnotationBytes = 256 * 1024;

std::string lower(std::string_view text) {
    std::string out(text);
    for (auto& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

void check_name(const ResourceType& type, const json::value& object, FieldErrors& errors) {
    const auto name = text_at(object, {"metadata", "name"});
    const auto prefix = text_at(object, {"metadata", "generateName"});
    const auto problems = [&](std::string_view text) {
        return type.kind == "Namespace" ? dns_label_errors(text) : subdomain_errors(text);
    };
    if (!prefix.empty()) {
        std::string base(prefix);
        while (base.size() > 1 && base.back() == '-') base.pop_back();
        for (const auto& each : problems(base)) {
            errors.push_back(FieldError::invalid("metadata.generateName", prefix, each));
        }
    }
    if (name.empty()) {
        errors.push_back(FieldError::required("metadata.name", "name or generateName is required"));
    } else {
        for (const auto& each : problems(name)) {
            errors.push_back(FieldError::invalid("metadata.name", name, each));
        }
    }
    if (!type.namespaced) {
        if (!text_at(object, {"metadata", "namespace"}).empty()) {
            errors.push_back(
                FieldError::forbidden("metadata.namespace", "not allowed on this type"));
        }
        return;
    }
    const auto space = text_at(object, {"metadata", "namespace"});
    if (space.empty()) {
        errors.push_back(FieldError::required("metadata.namespace"));
        return;
    }
    for (const auto& each : dns_label_errors(space)) {
        errors.push_back(FieldError::invalid("metadata.namespace", space, each));
    }
}

void check_owners(const json::value& object, FieldErrors& errors) {
    const auto& owners = array_at(object, {"metadata", "ownerReferences"});
    std::vector<std::string> controllers;
    for (std::size_t i = 0; i < owners.size(); ++i) {
        // the real server numbers no owner: the path is the list's
        const std::string field = "metadata.ownerReferences";
        const auto& owner = owners[i];
        const auto api_version = text_at(owner, {"apiVersion"});
        const auto kind = text_at(owner, {"kind"});
        if (split_api_version(api_version).second.empty()) {
            errors.push_back(FieldError::invalid(field + ".apiVersion", api_version,
                                                 "version must not be empty"));
        }
        if (kind.empty()) {
            errors.push_back(FieldError::invalid(field + ".kind", "", "must not be empty"));
        }
        for (const char* member : {"name", "uid"}) {
            if (text_at(owner, {member}).empty()) {
                errors.push_back(FieldError::invalid(fmt::format("{}.{}", field, member), "",
                                                     "must not be empty"));
            }
        }
        if (api_version == "v1" && kind == "Event") {
            errors.push_back(FieldError::invalid(
                field, owner, "/v1, Kind=Event is disallowed from being an owner"));
        }
        if (is_true_at(owner, {"controller"})) {
            controllers.push_back(fmt::format("{}/{}", kind, text_at(owner, {"name"})));
        }
    }
    if (controllers.size() > 1) {
        errors.push_back(FieldError::invalid(
            "metadata.ownerReferences", json::value(owners),
            fmt::format("Only one reference can have Controller set to true. Found \"true\" in "
                        "references for {} and {}",
                        controllers[0], controllers[1])));
    }
}

void check_finalizers(const json::value& object, FieldErrors& errors) {
    bool orphan = false;
    bool foreground = false;
    for (const auto& each : array_at(object, {"metadata", "finalizers"})) {
        if (!each.is_string()) continue;
        const std::string_view name = each.get_string();
        for (const auto& problem : qualified_name_errors(name)) {
            errors.push_back(FieldError::invalid("metadata.finalizers", name, problem));
        }
        orphan = orphan || name == "orphan";
        foreground = foreground || name == "foregroundDeletion";
    }
    if (orphan && foreground) {
        errors.push_back(FieldError::invalid(
            "metadata.finalizers", json::value(array_at(object, {"metadata", "finalizers"})),
            "finalizer orphan and foregroundDeletion cannot be both set"));
    }
}

}  // namespace

void check_finalizer_names(const json::value& object, FieldErrors& errors) {
    const auto& finalizers = array_at(object, {"metadata", "finalizers"});
    for (std::size_t i = 0; i < finalizers.size(); ++i) {
        if (!finalizers[i].is_string()) continue;
        const std::string_view name = finalizers[i].get_string();
        const bool standard =
            name == "kubernetes" || name == "orphan" || name == "foregroundDeletion";
        if (standard || name.find('/') != std::string_view::npos) continue;
        errors.push_back(FieldError::invalid(
            fmt::format("metadata.finalizers[{}]", i), name,
            "name is neither a standard finalizer name nor is it fully qualified"));
    }
}

void check_labels(const json::value* labels, const std::string& field, FieldErrors& errors) {
    if (!labels || !labels->is_object()) return;
    for (const auto& [key, value] : labels->get_object()) {
        for (const auto& each : qualified_name_errors(key)) {
            errors.push_back(FieldError::invalid(field, std::string_view(key), each));
        }
        if (!value.is_string()) continue;
        for (const auto& each : label_value_errors(value.get_string())) {
            errors.push_back(FieldError::invalid(field, value, each));
        }
    }
}

void check_annotations(const json::value* annotations, const std::string& field,
                       FieldErrors& errors) {
    if (!annotations || !annotations->is_object()) return;
    std::size_t total = 0;
    for (const auto& [key, value] : annotations->get_object()) {
        for (const auto& each : qualified_name_errors(lower(key))) {
            errors.push_back(FieldError::invalid(field, std::string_view(key), each));
        }
        total += key.size() + (value.is_string() ? value.get_string().size() : 0);
    }
    if (total > kMaxAnnotationBytes) {
        errors.push_back(FieldError::too_long(field, kMaxAnnotationBytes));
    }
}

void check_metadata(const ResourceType& type, const json::value& object, FieldErrors& errors) {
    check_name(type, object, errors);
    const auto* labels = find_at(object, {"metadata", "labels"});
    // A Job's labels may be a copy of its template's, where the same errors are listed.
    const auto* source = find_at(object, {"spec", "template", "metadata", "labels"});
    const bool copied = type.kind == "Job" && labels && source && *labels == *source;
    if (!copied) check_labels(labels, "metadata.labels", errors);
    check_annotations(find_at(object, {"metadata", "annotations"}), "metadata.annotations", errors);
    check_owners(object, errors);
    check_finalizers(object, errors);
}

void check_metadata_update(const json::value& stored, const json::value& object,
                           FieldErrors& errors) {
    if (find_at(stored, {"metadata", "deletionTimestamp"})) {
        const auto& before = array_at(stored, {"metadata", "finalizers"});
        std::vector<std::string> added;
        for (const auto& each : array_at(object, {"metadata", "finalizers"})) {
            if (std::ranges::find(before, each) == before.end()) {
                added.push_back(Shown(each).text);
            }
        }
        if (!added.empty()) {
            errors.push_back(FieldError::forbidden(
                "metadata.finalizers",
                fmt::format("no new finalizers can be added if the object is being deleted, found "
                            "new finalizers []string{{{}}}",
                            fmt::join(added, ", "))));
        }
    }
    for (const char* name :
         {"name", "namespace", "uid", "deletionTimestamp", "deletionGracePeriodSeconds"}) {
        const auto* before = find_at(stored, {"metadata", name});
        const auto* after = find_at(object, {"metadata", name});
        const json::value none;
        if ((before ? *before : none) != (after ? *after : none)) {
            errors.push_back(FieldError::invalid(fmt::format("metadata.{}", name),
                                                 after ? *after : none, "field is immutable"));
        }
    }
}

}  // namespace dsm::cluster
