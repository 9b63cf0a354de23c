// Rules of pod templates, as far as Jobs that this cluster can run need them.
#include <fmt/format.h>

#include <set>

#include "cluster/objects/rules/rules.hpp"
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

void check_env(const json::value& container, const std::string& field, FieldErrors& errors) {
    const auto& env = array_at(container, {"env"});
    for (std::size_t i = 0; i < env.size(); ++i) {
        const auto at = fmt::format("{}.env[{}]", field, i);
        if (text_at(env[i], {"name"}).empty()) {
            errors.push_back(FieldError::required(at + ".name"));
        }
        if (find_at(env[i], {"valueFrom"}) && !text_at(env[i], {"value"}).empty()) {
            errors.push_back(FieldError::invalid(at + ".valueFrom", "",
                                                 "may not be specified when `value` is not empty"));
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
    if (image.empty()) {
        errors.push_back(FieldError::required(field + ".image"));
    } else if (image.find_first_of(" \t\n") == 0 ||
               image.find_last_of(" \t\n") == image.size() - 1) {
        errors.push_back(FieldError::invalid(field + ".image", image,
                                             "must not have leading or trailing whitespace"));
    }
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
                 {"ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"}, errors);
    check_not_negative(spec, field, "terminationGracePeriodSeconds", errors);
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

}  // namespace dsm::cluster
