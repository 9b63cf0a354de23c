#include "tests/deploy/manifests.hpp"

#include <boost/json.hpp>
#include <stdexcept>

#include "libs/testing/process.hpp"

namespace dsm::testing {

namespace {

constexpr int kOldestMinor = 27;

}  // namespace

bool kubectl_renders() {
    const auto version = run_process({"kubectl", "version", "--client", "-o", "json"});
    boost::system::error_code none;
    const auto said = boost::json::parse(version.out, none);
    if (version.exit_code != 0 || none) return false;
    const std::string minor(said.at("clientVersion").at("minor").as_string());
    return std::atoi(minor.c_str()) >= kOldestMinor;
}

std::string deploy_folder() {
    return std::string(DSM_SOURCE_DIR) + "/deploy";
}

Objects render(const std::string& folder) {
    const auto rendered = run_process({"kubectl", "kustomize", folder});
    if (rendered.exit_code != 0) throw std::runtime_error(rendered.err);
    return YAML::LoadAll(rendered.out);
}

Objects of_kind(const Objects& objects, const std::string& kind) {
    Objects found;
    for (const auto& object : objects) {
        if (text(object["kind"]) == kind) found.push_back(object);
    }
    return found;
}

YAML::Node find(const Objects& objects, const std::string& kind, const std::string& name) {
    for (const auto& object : of_kind(objects, kind)) {
        if (text(object["metadata"]["name"]) == name) return object;
    }
    throw std::runtime_error("there is no " + kind + " " + name);
}

std::vector<std::pair<std::string, YAML::Node>> pods(const Objects& objects) {
    std::vector<std::pair<std::string, YAML::Node>> found;
    for (const auto& object : objects) {
        const auto kind = text(object["kind"]);
        const auto name = kind + "/" + text(object["metadata"]["name"]);
        if (kind == "Pod") found.emplace_back(name, object["spec"]);
        if (kind == "Deployment" || kind == "Job") {
            found.emplace_back(name, object["spec"]["template"]["spec"]);
        }
    }
    return found;
}

std::string text(const YAML::Node& node) {
    return node && node.IsScalar() ? node.Scalar() : "";
}

}  // namespace dsm::testing
