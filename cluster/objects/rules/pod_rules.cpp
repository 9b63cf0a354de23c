// Rules of pod templates, as far as Jobs that this cluster can run need them.
#include <fmt/format.h>

#include <set>

#include "cluster/objects/rules/rules.hpp"
#include "cluster/objects/schema/quantity.hpp"
#include "cluster/objects/validation.hpp"

namespace dsm::cluster {
namespace {

void check_one_of(std::string_view value, const std::string& field,
                  const std::vector<std::string>& supported, FieldErrors& errors) {
    if (value.empty()) {
        errors.push_back(FieldError::required(field));
    } else if (std::ranges::find(supported, value) == supported.end()) {
        errors.push_back(FieldError::not_supported(field, value, supported));
    }
}

void check_port(const json::value& port, const std::string& field, FieldErrors& errors) {
    const auto number = number_at(port, {"containerPort"});
    if (number == 0) {
        errors.push_back(FieldError::required(field + ".containerPort"));
    } else if (number < 1 || number > 65535) {
        errors.push_back(FieldError::invalid(field + ".containerPort", json::value(number),
                                             "must be between 1 and 65535, inclusive"));
    }
    check_one_of(text_at(port, {"protocol"}), field + ".protocol", {"SCTP", "TCP", "UDP"}, errors);
}

bool is_downward_field(std::string_view path) {
    constexpr std::string_view kFields[] = {"metadata.name",
                                            "metadata.namespace",
                                            "metadata.uid",
                                            "spec.nodeName",
                                            "spec.serviceAccountName",
                                            "status.hostIP",
                                            "status.hostIPs",
                                            "status.podIP",
                                            "status.podIPs"};
    return path.starts_with("metadata.labels['") || path.starts_with("metadata.annotations['") ||
           std::ranges::find(kFields, path) != std::end(kFields);
}

void check_env_source(const json::value& source, std::string_view value, const std::string& field,
                      FieldErrors& errors) {
    const auto* members = source.if_object();
    if (!members || members->empty()) {
        errors.push_back(FieldError::invalid(field, "",
                                             "must specify one of: `fieldRef`, `resourceFieldRef`, "
                                             "`configMapKeyRef` or `secretKeyRef`"));
        return;
    }
    if (!value.empty()) {
        errors.push_back(
            FieldError::invalid(field, "", "may not be specified when `value` is not empty"));
    }
    const auto path = text_at(source, {"fieldRef", "fieldPath"});
    if (find_at(source, {"fieldRef"}) && !path.empty() && !is_downward_field(path)) {
        errors.push_back(FieldError::invalid(
            field + ".fieldRef.fieldPath", path,
            fmt::format("error converting fieldPath: field label not supported: {}", path)));
    }
}

/// What of a container's resources was asked for in amounts that cannot be.
void check_resources(const json::value& container, const std::string& field, FieldErrors& errors) {
    for (const char* list : {"limits", "requests"}) {
        const auto* amounts = find_at(container, {"resources", list});
        if (!amounts || !amounts->is_object()) continue;
        for (const auto& [name, amount] : amounts->get_object()) {
            const auto at = fmt::format("{}.resources.{}[{}]", field, list, std::string_view(name));
            const bool standard = name == "cpu" || name == "memory" ||
                                  name == "ephemeral-storage" || name.starts_with("hugepages-") ||
                                  name.contains('/');
            if (!standard) {
                for (const char* why : {"must be a standard resource type or fully qualified",
                                        "must be a standard resource for containers"}) {
                    errors.push_back(FieldError::invalid(at, std::string_view(name), why));
                }
            }
            if (amount.is_string() && amount.get_string().starts_with('-')) {
                errors.push_back(FieldError::invalid(at, std::string_view(amount.get_string()),
                                                     "must be greater than or equal to 0"));
            }
        }
    }
    const auto* requests = find_at(container, {"resources", "requests"});
    if (!requests || !requests->is_object()) return;
    for (const auto& [name, amount] : requests->get_object()) {
        const auto limit = text_at(container, {"resources", "limits", std::string_view(name)});
        if (limit.empty() || !amount.is_string()) continue;
        const std::string_view asked = amount.get_string();
        if (!is_more(asked, limit)) continue;
        errors.push_back(
            FieldError::invalid(field + ".resources.requests", asked,
                                fmt::format("must be less than or equal to {} limit of {}",
                                            std::string_view(name), limit)));
    }
}

void check_env(const json::value& container, const std::string& field, FieldErrors& errors) {
    const auto& env = array_at(container, {"env"});
    for (std::size_t i = 0; i < env.size(); ++i) {
        const auto at = fmt::format("{}.env[{}]", field, i);
        const auto name = text_at(env[i], {"name"});
        const bool sendable = std::ranges::all_of(
            name, [](unsigned char c) { return c >= 0x20 && c < 0x7f && c != '='; });
        if (name.empty()) {
            errors.push_back(FieldError::required(at + ".name"));
        } else if (!sendable) {
            errors.push_back(FieldError::invalid(
                at + ".name", name,
                "a valid environment variable name must consist only of printable ASCII "
                "characters other than '='"));
        }
        if (const auto* source = find_at(env[i], {"valueFrom"})) {
            check_env_source(*source, text_at(env[i], {"value"}), at + ".valueFrom", errors);
        }
    }
}

void check_mounts(const json::value& container, const std::string& field,
                  const std::set<std::string_view>& volumes, FieldErrors& errors) {
    const auto& mounts = array_at(container, {"volumeMounts"});
    std::set<std::string_view> paths;
    for (std::size_t i = 0; i < mounts.size(); ++i) {
        const auto at = fmt::format("{}.volumeMounts[{}]", field, i);
        const auto name = text_at(mounts[i], {"name"});
        const auto path = text_at(mounts[i], {"mountPath"});
        if (name.empty()) errors.push_back(FieldError::required(at + ".name"));
        if (!volumes.contains(name)) {
            errors.push_back(
                {"FieldValueNotFound", at + ".name", fmt::format("Not found: {}", go_quote(name))});
        }
        if (path.empty()) errors.push_back(FieldError::required(at + ".mountPath"));
        if (!paths.insert(path).second) {
            errors.push_back(FieldError::invalid(at + ".mountPath", path, "must be unique"));
        }
    }
}

void check_container(const json::value& container, const std::string& field,
                     const std::set<std::string_view>& volumes, std::set<std::string_view>& names,
                     FieldErrors& errors) {
    const auto name = text_at(container, {"name"});
    const auto image = text_at(container, {"image"});
    if (name.empty()) {
        errors.push_back(FieldError::required(field + ".name"));
    } else {
        for (const auto& each : dns_label_errors(name)) {
            errors.push_back(FieldError::invalid(field + ".name", name, each));
        }
        if (!names.insert(name).second) {
            errors.push_back(FieldError::duplicate(field + ".name", name));
        }
    }
    if (image.empty()) errors.push_back(FieldError::required(field + ".image"));
    check_one_of(text_at(container, {"terminationMessagePolicy"}),
                 field + ".terminationMessagePolicy", {"FallbackToLogsOnError", "File"}, errors);
    const auto& ports = array_at(container, {"ports"});
    for (std::size_t i = 0; i < ports.size(); ++i) {
        check_port(ports[i], fmt::format("{}.ports[{}]", field, i), errors);
    }
    check_env(container, field, errors);
    check_mounts(container, field, volumes, errors);
    check_one_of(text_at(container, {"imagePullPolicy"}), field + ".imagePullPolicy",
                 {"Always", "IfNotPresent", "Never"}, errors);
    check_resources(container, field, errors);
}

std::set<std::string_view> check_volumes(const json::value& spec, const std::string& field,
                                         FieldErrors& errors) {
    std::set<std::string_view> names;
    const auto& volumes = array_at(spec, {"volumes"});
    for (std::size_t i = 0; i < volumes.size(); ++i) {
        const auto at = fmt::format("{}.volumes[{}].name", field, i);
        const auto name = text_at(volumes[i], {"name"});
        if (name.empty()) {
            errors.push_back(FieldError::required(at));
            continue;
        }
        for (const auto& each : dns_label_errors(name)) {
            errors.push_back(FieldError::invalid(at, name, each));
        }
        if (!names.insert(name).second) errors.push_back(FieldError::duplicate(at, name));
    }
    return names;
}

void check_pod_spec(const json::value& spec, const std::string& field, FieldErrors& errors) {
    const auto volumes = check_volumes(spec, field, errors);
    std::set<std::string_view> names;
    const auto& containers = array_at(spec, {"containers"});
    if (containers.empty()) errors.push_back(FieldError::required(field + ".containers"));
    for (const char* list : {"containers", "initContainers"}) {
        const auto& each = array_at(spec, {list});
        for (std::size_t i = 0; i < each.size(); ++i) {
            check_container(each[i], fmt::format("{}.{}[{}]", field, list, i), volumes, names,
                            errors);
        }
    }
    if (find_at(spec, {"ephemeralContainers"})) {
        errors.push_back(FieldError::forbidden(field + ".ephemeralContainers",
                                               "ephemeral containers not allowed in create"));
    }
    check_one_of(text_at(spec, {"restartPolicy"}), field + ".restartPolicy",
                 {"Always", "OnFailure", "Never"}, errors);
    check_one_of(text_at(spec, {"dnsPolicy"}), field + ".dnsPolicy",
                 {"ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"}, errors);
    if (const auto account = text_at(spec, {"serviceAccountName"}); !account.empty()) {
        for (const auto& each : subdomain_errors(account)) {
            errors.push_back(FieldError::invalid(field + ".serviceAccountName", account, each));
        }
    }
    if (const auto* deadline = find_at(spec, {"activeDeadlineSeconds"})) {
        const auto seconds = number_at(spec, {"activeDeadlineSeconds"});
        if (seconds < 1 || seconds > INT32_MAX) {
            errors.push_back(FieldError::invalid(field + ".activeDeadlineSeconds", *deadline,
                                                 "must be between 1 and 2147483647, inclusive"));
        }
    }
}

}  // namespace

void check_not_negative(const json::value& parent, const std::string& field,
                        std::string_view member, FieldErrors& errors) {
    const auto* value = find_at(parent, {member});
    if (value && number_at(parent, {member}) < 0) {
        errors.push_back(FieldError::invalid(fmt::format("{}.{}", field, member), *value,
                                             "must be greater than or equal to 0"));
    }
}

void check_pod_template(const json::value& template_value, const std::string& field,
                        FieldErrors& errors) {
    check_labels(find_at(template_value, {"metadata", "labels"}), field + ".labels", errors);
    check_annotations(find_at(template_value, {"metadata", "annotations"}), field + ".annotations",
                      errors);
    static const json::value kNothing = json::object{};
    const auto* spec = find_at(template_value, {"spec"});
    check_pod_spec(spec ? *spec : kNothing, field + ".spec", errors);
}

void warn_of_pod(const json::value& spec, const std::string& field,
                 std::vector<std::string>& warnings) {
    if (number_at(spec, {"terminationGracePeriodSeconds"}) < 0) {
        warnings.push_back(field +
                           ".terminationGracePeriodSeconds: must be >= 0; negative values are "
                           "invalid and will be treated as 1");
    }
    const auto& containers = array_at(spec, {"containers"});
    for (std::size_t i = 0; i < containers.size(); ++i) {
        for (const char* list : {"requests", "limits"}) {
            const auto memory = text_at(containers[i], {"resources", list, "memory"});
            if (!memory.ends_with('m')) continue;
            warnings.push_back(
                fmt::format("{}.containers[{}].resources.{}[memory]: fractional byte value {} is "
                            "invalid, must be an integer",
                            field, i, list, go_quote(memory)));
        }
    }
}

}  // namespace dsm::cluster
