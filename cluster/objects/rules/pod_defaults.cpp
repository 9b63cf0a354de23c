// Defaults of Pods, containers, probes and volumes.
#include "cluster/objects/rules/pod_defaults.hpp"

namespace dsm::cluster {
namespace {

void set_default(json::object& object, std::string_view member, json::value value) {
    if (!object.contains(member)) object[member] = std::move(value);
}

/// "Always" for no tag or latest; a digest or another tag is fixed.
std::string_view pull_policy(std::string_view image) {
    if (image.find_first_of("@ \t\n") != std::string_view::npos) return "IfNotPresent";
    const auto slash = image.rfind('/');
    const auto name = slash == std::string_view::npos ? image : image.substr(slash + 1);
    const auto colon = name.find(':');
    if (colon == std::string_view::npos || name.substr(colon + 1) == "latest") return "Always";
    return "IfNotPresent";
}

void http_get_defaults(json::value& handler) {
    if (auto* get = find_at(handler, {"httpGet"}); get && get->is_object()) {
        set_default(get->get_object(), "path", "/");
        set_default(get->get_object(), "scheme", "HTTP");
    }
    if (auto* grpc = find_at(handler, {"grpc"}); grpc && grpc->is_object()) {
        set_default(grpc->get_object(), "service", "");
    }
}

void probe_defaults(json::object& container, std::string_view name) {
    auto* probe = container.if_contains(name);
    if (!probe || !probe->is_object()) return;
    auto& members = probe->get_object();
    set_default(members, "timeoutSeconds", 1);
    set_default(members, "periodSeconds", 10);
    set_default(members, "successThreshold", 1);
    set_default(members, "failureThreshold", 3);
    http_get_defaults(*probe);
}

void env_defaults(json::object& container) {
    auto* env = container.if_contains("env");
    if (!env || !env->is_array()) return;
    for (auto& variable : env->get_array()) {
        if (auto* ref = find_at(variable, {"valueFrom", "fieldRef"}); ref && ref->is_object()) {
            set_default(ref->get_object(), "apiVersion", "v1");
        }
    }
}

void container_defaults(json::value& value) {
    if (!value.is_object()) return;
    auto& container = value.get_object();
    set_default(container, "terminationMessagePath", "/dev/termination-log");
    set_default(container, "terminationMessagePolicy", "File");
    set_default(container, "imagePullPolicy", json::value(pull_policy(text_at(value, {"image"}))));
    set_default(container, "resources", json::object{});
    if (auto* ports = container.if_contains("ports"); ports && ports->is_array()) {
        for (auto& port : ports->get_array()) {
            if (port.is_object()) set_default(port.get_object(), "protocol", "TCP");
        }
    }
    for (const char* probe : {"livenessProbe", "readinessProbe", "startupProbe"}) {
        probe_defaults(container, probe);
    }
    for (const char* hook : {"postStart", "preStop"}) {
        if (auto* handler = find_at(value, {"lifecycle", hook})) http_get_defaults(*handler);
    }
    env_defaults(container);
}

void field_ref_defaults(json::value& source) {
    auto* items = find_at(source, {"items"});
    if (!items || !items->is_array()) return;
    for (auto& item : items->get_array()) {
        if (auto* ref = find_at(item, {"fieldRef"}); ref && ref->is_object()) {
            set_default(ref->get_object(), "apiVersion", "v1");
        }
    }
}

void projected_defaults(json::value& projected) {
    auto* sources = find_at(projected, {"sources"});
    if (!sources || !sources->is_array()) return;
    for (auto& source : sources->get_array()) {
        if (auto* token = find_at(source, {"serviceAccountToken"}); token && token->is_object()) {
            set_default(token->get_object(), "expirationSeconds", 3600);
        }
        if (auto* downward = find_at(source, {"downwardAPI"})) field_ref_defaults(*downward);
    }
}

void volume_defaults(json::value& value) {
    if (!value.is_object()) return;
    auto& volume = value.get_object();
    if (volume.size() <= 1) volume["emptyDir"] = json::object{};
    for (const char* source : {"secret", "configMap", "projected", "downwardAPI"}) {
        auto* found = volume.if_contains(source);
        if (!found || !found->is_object()) continue;
        set_default(found->get_object(), "defaultMode", 420);
        field_ref_defaults(*found);
        projected_defaults(*found);
    }
    if (auto* path = volume.if_contains("hostPath"); path && path->is_object()) {
        set_default(path->get_object(), "type", "");
    }
}

}  // namespace

void apply_pod_template_defaults(json::value& template_value) {
    auto* spec = find_at(template_value, {"spec"});
    if (!spec || !spec->is_object()) return;
    auto& pod = spec->get_object();
    set_default(pod, "dnsPolicy", "ClusterFirst");
    set_default(pod, "restartPolicy", "Always");
    set_default(pod, "schedulerName", "default-scheduler");
    set_default(pod, "securityContext", json::object{});
    set_default(pod, "terminationGracePeriodSeconds", 30);
    if (pod.contains("serviceAccountName")) {
        pod["serviceAccount"] = json::value(pod["serviceAccountName"]);
    } else if (pod.contains("serviceAccount")) {
        pod["serviceAccountName"] = json::value(pod["serviceAccount"]);
    }
    for (const char* list : {"containers", "initContainers", "ephemeralContainers"}) {
        auto* containers = pod.if_contains(list);
        if (!containers || !containers->is_array()) continue;
        for (auto& container : containers->get_array()) container_defaults(container);
    }
    if (auto* volumes = pod.if_contains("volumes"); volumes && volumes->is_array()) {
        for (auto& volume : volumes->get_array()) volume_defaults(volume);
    }
}

}  // namespace dsm::cluster
