// Conditions and counts.
#include "cluster/controllers/job_status.hpp"

namespace dsm::cluster {

namespace {

void set_or_erase(json::object& status, std::string_view name, std::int64_t value) {
    if (value == 0) {
        status.erase(name);
    } else {
        status[name] = value;
    }
}

}  // namespace

void set_condition(json::value& job, std::string_view type, bool holds, std::string_view reason,
                   std::string_view message, Instant now) {
    const std::string time = format_rfc3339(now);
    json::value condition{{"type", type},          {"status", holds ? "True" : "False"},
                          {"lastProbeTime", time}, {"lastTransitionTime", time},
                          {"reason", reason},      {"message", message}};
    json::object& status = object_at(job, {"status"});
    if (!status["conditions"].is_array()) status["conditions"] = json::array{};
    for (json::value& known : status["conditions"].get_array()) {
        if (text_at(known, {"type"}) != type) continue;
        if (text_at(known, {"status"}) == text_at(condition, {"status"})) {
            condition.as_object()["lastTransitionTime"] = text_at(known, {"lastTransitionTime"});
        }
        known = std::move(condition);
        return;
    }
    status["conditions"].get_array().push_back(std::move(condition));
}

PodCounts pod_counts(const json::value& job) {
    return {number_at(job, {"status", "active"}), number_at(job, {"status", "succeeded"}),
            number_at(job, {"status", "failed"})};
}

void set_pod_counts(json::value& job, const PodCounts& counts) {
    json::object& status = object_at(job, {"status"});
    set_or_erase(status, "active", counts.active);
    set_or_erase(status, "succeeded", counts.succeeded);
    set_or_erase(status, "failed", counts.failed);
    status["ready"] = counts.active;
    status["terminating"] = 0;
    status["uncountedTerminatedPods"] = json::object{};
}

std::int64_t wanted_completions(const json::value& job) {
    return number_at(job, {"spec", "completions"}, 1);
}

}  // namespace dsm::cluster
