// Flags from declarations, addresses from settings, and output.
#include "dsm/commands/command.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>

namespace dsm::commands {

namespace json = boost::json;

namespace {

std::string help_of(const settings::Declaration& declaration) {
    auto text = fmt::format("{} [{}]", declaration.doc, declaration.name);
    if (!declaration.default_text.empty()) {
        text += fmt::format(" default {}", declaration.default_text);
        if (!declaration.unit.empty() && declaration.unit != "port") {
            text += fmt::format(" {}", declaration.unit);
        }
    }
    return text;
}

void write_pretty(const json::value& value, std::size_t depth, std::string& out) {
    const std::string indent(2 * (depth + 1), ' ');
    const std::string outer(2 * depth, ' ');
    if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
        std::string_view separator = "{\n";
        for (const auto& [key, member] : *object) {
            out += fmt::format("{}{}{}: ", separator, indent,
                               json::serialize(json::value(std::string_view(key))));
            write_pretty(member, depth + 1, out);
            separator = ",\n";
        }
        out += "\n" + outer + "}";
    } else if (const auto* array = value.if_array(); array != nullptr && !array->empty()) {
        std::string_view separator = "[\n";
        for (const auto& member : *array) {
            out += separator;
            out += indent;
            write_pretty(member, depth + 1, out);
            separator = ",\n";
        }
        out += "\n" + outer + "]";
    } else {
        out += json::serialize(value);
    }
}

}  // namespace

void SettingFlags::add_to(CLI::App& command, std::initializer_list<std::string_view> names) {
    for (const auto& declaration : settings::declarations()) {
        const bool wanted =
            names.size() == 0 || std::ranges::find(names, declaration.name) != names.end();
        if ((declaration.audience & audience_) == 0 || declaration.flag.empty() || !wanted) {
            continue;
        }
        command.add_option_function<std::string>(
            std::string(declaration.flag),
            [texts = texts_, name = std::string(declaration.name)](const std::string& text) {
                (*texts)[name] = text;
            },
            help_of(declaration));
    }
}

std::optional<settings::Settings> SettingFlags::read() const {
    auto settings = settings::read(*texts_, settings::process_environment(), audience_);
    if (settings) return std::move(*settings);
    const auto& wrong = settings.error();
    complain(wrong.size() == 1 ? "a setting is wrong:"
                               : fmt::format("{} settings are wrong:", wrong.size()));
    for (const auto& one : wrong) std::fprintf(stderr, "  %s\n", one.c_str());
    return std::nullopt;
}

Result<client::Endpoints> locate(const settings::Settings& settings, unsigned needs) {
    client::Endpoints told{.orchestrator = settings.orchestrator_url,
                           .project = settings.project_url,
                           .backlog = settings.backlog_url,
                           .sprint = settings.sprint_url,
                           .chronicle = settings.chronicle_url};
    const auto lacks = [&](unsigned need, const std::string& url) {
        return (needs & need) != 0 && url.empty();
    };
    if (!lacks(kOrchestrator, told.orchestrator) && !lacks(kProject, told.project) &&
        !lacks(kBacklog, told.backlog) && !lacks(kSprint, told.sprint)) {
        return told;
    }
    auto running = client::find_running(settings.data);
    if (!running) return running;
    if (!told.orchestrator.empty()) running->orchestrator = told.orchestrator;
    if (!told.project.empty()) running->project = told.project;
    if (!told.backlog.empty()) running->backlog = told.backlog;
    if (!told.sprint.empty()) running->sprint = told.sprint;
    return running;
}

void complain(std::string_view message) {
    std::fflush(stdout);
    std::fprintf(stderr, "dsm: %.*s\n", static_cast<int>(message.size()), message.data());
}

ExitCode failed(const Error& error) {
    complain(error.message);
    return client::exit_code_of(error);
}

ExitCode failed(const client::Reply& reply) {
    complain(reply.reason());
    return client::exit_code_of(reply.status);
}

bool print(std::string_view text) {
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
           std::fflush(stdout) == 0;
}

std::string pretty(const json::value& value) {
    std::string text;
    write_pretty(value, 0, text);
    return text + "\n";
}

const json::value& member(const json::value& object, std::string_view key) {
    static const json::value kNothing;
    const auto* members = object.if_object();
    const auto* value = members == nullptr ? nullptr : members->if_contains(key);
    return value == nullptr ? kNothing : *value;
}

std::string shown(const json::value& object, std::string_view key) {
    const auto& value = member(object, key);
    if (value.is_null()) return "-";
    return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

}  // namespace dsm::commands
