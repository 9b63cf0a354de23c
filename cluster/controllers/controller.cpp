// The feed and the few questions that controllers ask of objects.
#include "cluster/controllers/controller.hpp"

namespace dsm::cluster {

std::vector<Seen> Feed::poll() {
    std::vector<Seen> seen;
    if (cursor_ < store_.compacted()) {
        const auto page = store_.list({.resource = resource_});
        for (const Record& record : page->records) {
            seen.push_back({key_of(*record.object), nullptr, record.object});
        }
    } else {
        Revision at = cursor_;
        while (const Change* change = store_.next_change(resource_, at)) {
            at = change->revision;
            seen.push_back({change->key, change->before, change->after});
        }
    }
    cursor_ = store_.revision();
    return seen;
}

std::string key_of(const json::value& object) {
    const auto name_space = text_at(object, {"metadata", "namespace"});
    std::string key = "/";
    if (!name_space.empty()) key += std::string(name_space) + "/";
    key += text_at(object, {"metadata", "name"});
    return key;
}

const json::value* controller_of(const json::value& object) {
    for (const json::value& owner : array_at(object, {"metadata", "ownerReferences"})) {
        if (is_true_at(owner, {"controller"})) return &owner;
    }
    return nullptr;
}

bool has_condition(const json::value& job, std::string_view type) {
    for (const json::value& condition : array_at(job, {"status", "conditions"})) {
        if (text_at(condition, {"type"}) == type && text_at(condition, {"status"}) == "True") {
            return true;
        }
    }
    return false;
}

bool is_finished(const json::value& job) {
    return has_condition(job, "Complete") || has_condition(job, "Failed");
}

}  // namespace dsm::cluster
