// What the server makes of an object before it is stored: fields clients may not set, generation,
// status kept apart from spec, a Job's generated labels.
#include "cluster/objects/defaults.hpp"

namespace dsm::cluster {
namespace {

void copy_or_erase(const json::value& from, JsonPath parent, std::string_view member,
                   json::value& to) {
    const auto* source = find_at(from, parent);
    const auto* value =
        source && source->is_object() ? source->get_object().if_contains(member) : nullptr;
    if (value) {
        object_at(to, parent)[member] = *value;
    } else {
        erase_at(to, parent, member);
    }
}

/// Labels that tie a Job's Pods to it, unless the client took that on itself.
void generate_job_fields(json::value& object) {
    if (is_true_at(object, {"spec", "manualSelector"})) return;
    const std::string name(text_at(object, {"metadata", "name"}));
    const std::string uid(text_at(object, {"metadata", "uid"}));
    auto& labels = object_at(object, {"spec", "template", "metadata", "labels"});
    const std::pair<const char*, const std::string&> generated[] = {
        {"job-name", name},
        {"batch.kubernetes.io/job-name", name},
        {"controller-uid", uid},
        {"batch.kubernetes.io/controller-uid", uid}};
    for (const auto& [label, value] : generated) {
        if (!labels.contains(label)) labels[label] = value;
    }
    auto& selector = object_at(object, {"spec", "selector", "matchLabels"});
    const char* key = "batch.kubernetes.io/controller-uid";
    if (!selector.contains(key)) selector[key] = uid;
}

/// Without labels of its own a Job has those of its template: as given, and, of a Job that had
/// none there either, the generated ones.
void job_labels(json::value& object) {
    const auto* labels = find_at(object, {"spec", "template", "metadata", "labels"});
    auto& metadata = object_at(object, {"metadata"});
    if (labels && !metadata.contains("labels")) metadata["labels"] = json::value(*labels);
}

void drop_disabled_lease_fields(json::value& object) {
    erase_at(object, {"spec"}, "preferredHolder");
    erase_at(object, {"spec"}, "strategy");
}

json::value without_noise(const json::value& object) {
    auto copy = object;
    erase_at(copy, {"metadata"}, "resourceVersion");
    auto* managed = find_at(copy, {"metadata", "managedFields"});
    if (managed && managed->is_array()) {
        for (auto& entry : managed->get_array()) erase_at(entry, {}, "time");
    }
    return copy;
}

}  // namespace

void identify(const ResourceType& type, json::value& object, std::string_view uid, Instant now) {
    auto& metadata = object_at(object, {"metadata"});
    for (const char* name :
         {"selfLink", "generation", "deletionTimestamp", "deletionGracePeriodSeconds"}) {
        metadata.erase(name);
    }
    metadata["uid"] = uid;
    metadata["creationTimestamp"] = format_rfc3339(now);
    if (type.has_generation()) metadata["generation"] = 1;
    apply_defaults(type, object);
    if (type.kind == "Job") job_labels(object);
}

void prepare_for_create(const ResourceType& type, json::value& object) {
    if (type.has_generation()) {
        object_at(object, {}).insert_or_assign("status", json::object{});
    }
    if (type.kind == "Job") {
        generate_job_fields(object);
        job_labels(object);
    }
    if (type.kind == "Namespace") {
        object_at(object, {}).insert_or_assign("status", json::object{{"phase", "Active"}});
        auto& spec = object_at(object, {"spec"});
        bool has = false;
        for (const auto& each : array_at(object, {"spec", "finalizers"})) {
            has = has || each == "kubernetes";
        }
        if (!has) {
            auto& finalizers = spec["finalizers"];
            if (!finalizers.is_array()) finalizers.emplace_array();
            finalizers.get_array().push_back("kubernetes");
        }
    }
    if (type.kind == "Lease") drop_disabled_lease_fields(object);
}

void prepare_for_update(const ResourceType& type, std::string_view subresource,
                        const json::value& stored, json::value& object) {
    for (const char* name : {"creationTimestamp", "generation", "selfLink"}) {
        copy_or_erase(stored, {"metadata"}, name, object);
    }
    auto& metadata = object_at(object, {"metadata"});
    // A client that leaves these out means "as it is"; another value is a validation error.
    for (const char* name : {"uid", "deletionTimestamp", "deletionGracePeriodSeconds"}) {
        if (!metadata.contains(name)) copy_or_erase(stored, {"metadata"}, name, object);
    }
    if (subresource == "status") {
        copy_or_erase(stored, {}, "spec", object);
    } else if (type.has_generation() || type.kind == "Namespace") {
        copy_or_erase(stored, {}, "status", object);
    }
    if (type.kind == "Namespace" && subresource != "finalize") {
        copy_or_erase(stored, {"spec"}, "finalizers", object);
    }
    if (type.kind == "Lease") drop_disabled_lease_fields(object);
    if (!type.has_generation()) return;
    const auto* before = find_at(stored, {"spec"});
    const auto* after = find_at(object, {"spec"});
    if (before && after && *before != *after) {
        object_at(object, {"metadata"})["generation"] =
            number_at(stored, {"metadata", "generation"}) + 1;
    }
}

bool is_same_object(const json::value& a, const json::value& b) {
    return without_noise(a) == without_noise(b);
}

std::string generated_name(std::string_view prefix, std::string_view suffix) {
    constexpr std::size_t kMaxPrefix = 58;
    return std::string(prefix.substr(0, kMaxPrefix)) + std::string(suffix);
}

}  // namespace dsm::cluster
