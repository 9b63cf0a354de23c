// Image, command and environment of one container.
#include "cluster/controllers/pod.hpp"

#include <fmt/format.h>

#include "cluster/controllers/pod_outputs.hpp"

namespace dsm::cluster {

namespace {

std::string_view without_tag(std::string_view image) {
    image = image.substr(0, image.find('@'));
    const auto slash = image.rfind('/');
    const auto colon = image.find(':', slash == std::string_view::npos ? 0 : slash);
    return image.substr(0, colon);
}

std::vector<std::string> texts(const json::array& array) {
    std::vector<std::string> all;
    for (const json::value& text : array) {
        if (text.is_string()) all.emplace_back(text.get_string());
    }
    return all;
}

/// A fieldRef's value for the few fields that mean something without a node.
std::string field_value(const json::value& job, const std::string& pod, std::string_view path) {
    if (path == "metadata.name") return pod;
    if (path == "metadata.namespace") return std::string(text_at(job, {"metadata", "namespace"}));
    for (const std::string_view kind : {"labels", "annotations"}) {
        const std::string start = fmt::format("metadata.{}['", kind);
        if (!path.starts_with(start) || !path.ends_with("']")) continue;
        const auto name = path.substr(start.size(), path.size() - start.size() - 2);
        return std::string(text_at(job, {"spec", "template", "metadata", kind, name}));
    }
    return {};
}

/// `$(NAME)` of variables named before, as a kubelet replaces them; `$$(` is a literal.
std::string expanded(std::string_view text, const std::map<std::string, std::string>& known) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.substr(i).starts_with("$$(")) {
            out += "$(";
            i += 2;
            continue;
        }
        const auto end = text.substr(i).starts_with("$(") ? text.find(')', i) : text.npos;
        const auto variable = end == text.npos
                                  ? known.end()
                                  : known.find(std::string(text.substr(i + 2, end - i - 2)));
        if (variable == known.end()) {
            out += text[i];
            continue;
        }
        out += variable->second;
        i = end;
    }
    return out;
}

std::map<std::string, std::string> environment_of(const json::value& job,
                                                  const json::value& container,
                                                  const std::string& pod, const LocalImage& local) {
    // Nothing of our own environment: a container would not see it either.
    std::map<std::string, std::string> said{
        {"HOSTNAME", pod}, {"HOME", "/"}, {"PATH", "/usr/local/bin:/usr/bin:/bin"}};
    for (const json::value& entry : array_at(container, {"env"})) {
        const std::string name(text_at(entry, {"name"}));
        const auto path = text_at(entry, {"valueFrom", "fieldRef", "fieldPath"});
        said[name] =
            path.empty() ? expanded(text_at(entry, {"value"}), said) : field_value(job, pod, path);
    }
    for (const auto& [name, value] : local.environment) said[name] = value;
    return said;
}

}  // namespace

bool is_own_image(std::string_view image, std::string_view own) {
    const auto name = without_tag(image);
    const auto wanted = without_tag(own);
    if (name == wanted) return true;
    const auto slash = name.rfind('/');
    return wanted.find('/') == std::string_view::npos && slash != std::string_view::npos &&
           name.substr(slash + 1) == wanted;
}

std::expected<Command, Unrunnable> command_of(const json::value& job, const std::string& pod,
                                              const LocalImage& local) {
    const json::array& containers = array_at(job, {"spec", "template", "spec", "containers"});
    if (containers.size() != 1) {
        return std::unexpected(Unrunnable{
            "UnsupportedPod", "the embedded cluster runs Pods of exactly one container"});
    }
    const json::value& container = containers.front();
    const auto image = text_at(container, {"image"});
    if (!is_own_image(image, local.name)) {
        return std::unexpected(Unrunnable{
            "UnsupportedImage",
            fmt::format("the embedded cluster runs only the image \"{}\", not \"{}\": it starts "
                        "this product's own program as a local process and has no container "
                        "runtime",
                        local.name, image)});
    }
    Command command;
    command.executable = local.executable;
    command.environment = environment_of(job, container, pod, local);
    std::vector<std::string> words = texts(array_at(container, {"command"}));
    const bool own = words.empty() || words[0] == "dsm" || words[0].ends_with("/dsm");
    if (!own) {
        return std::unexpected(
            Unrunnable{"UnsupportedCommand",
                       fmt::format("the embedded cluster runs only the program \"dsm\", not \"{}\"",
                                   words[0])});
    }
    if (!words.empty()) words.erase(words.begin());
    for (std::string& word : texts(array_at(container, {"args"}))) words.push_back(std::move(word));
    for (std::string& word : words) word = expanded(word, command.environment);
    command.arguments = std::move(words);
    if (!local.output_folder.empty()) {
        command.output_path =
            output_file(local.output_folder, text_at(job, {"metadata", "namespace"}), pod);
    }
    return command;
}

}  // namespace dsm::cluster
