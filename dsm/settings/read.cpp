// Settings from a command line and an environment, and the page that documents them.
#include <cstdlib>

#include "dsm/settings/settings.hpp"

namespace dsm::settings {

namespace {

bool is_secret(const Declaration& declaration) {
    return declaration.name.ends_with("_PASSWORD") || declaration.name.ends_with("_DSN");
}

struct Given {
    std::string text;
    std::string_view origin;
};

Given given_of(const Declaration& declaration, const FlagTexts& flags, const Lookup& environment) {
    if (const auto flag = flags.find(declaration.name); flag != flags.end()) {
        return {flag->second, "flag"};
    }
    if (auto text = environment(declaration.name); text && !text->empty()) {
        return {std::move(*text), "environment"};
    }
    return {std::string(declaration.default_text), "default"};
}

std::string commands_of(unsigned audience) {
    if (audience == (kUp | kServe | kClient)) return "all";
    std::string text;
    const auto add = [&](unsigned one, std::string_view name) {
        if ((audience & one) == 0) return;
        if (!text.empty()) text += ", ";
        text += name;
    };
    add(kUp, "up");
    add(kServe, "serve");
    add(kClient, "client");
    return text;
}

}  // namespace

Lookup process_environment() {
    return [](std::string_view name) -> std::optional<std::string> {
        const char* value = std::getenv(std::string(name).c_str());
        if (value == nullptr) return std::nullopt;
        return std::string(value);
    };
}

std::expected<Settings, std::vector<std::string>> read(const FlagTexts& flags,
                                                       const Lookup& environment,
                                                       unsigned audience) {
    Settings settings;
    std::vector<std::string> complaints;
    for (const auto& declaration : declarations()) {
        if ((declaration.audience & audience) == 0) continue;
        const auto given = given_of(declaration, flags, environment);
        const auto complaint = declaration.read(given.text, settings);
        if (!complaint) continue;
        // An address may hold a password, and then it is for nobody's log.
        const bool may_tell = given.text.find_first_of("@?") != std::string::npos;
        const std::string shown = is_secret(declaration) || may_tell ? "***" : given.text;
        complaints.push_back(
            fmt::format("{}={} ({}): {}", declaration.name, shown, given.origin, *complaint));
    }
    if (!settings.postgres_dsn.empty() && !settings.postgres_host.empty()) {
        complaints.emplace_back(
            "POSTGRES_DSN and POSTGRES_HOST both say where the stores are: give one of them");
    }
    if (!complaints.empty()) return std::unexpected(std::move(complaints));
    return settings;
}

std::string markdown() {
    std::string page =
        "# Configuration\n\n"
        "This page is the output of `dsm settings --markdown`; a test keeps the two equal.\n\n"
        "A flag wins over the environment variable, the variable over the default; an empty\n"
        "variable counts as not set. A process with a bad setting does not start: it lists every\n"
        "bad one and exits with 2.\n\n"
        "| variable | flag | default | unit | read by | meaning |\n"
        "|---|---|---|---|---|---|\n";
    const auto code = [](std::string_view text) {
        return text.empty() ? std::string() : fmt::format("`{}`", text);
    };
    for (const auto& one : declarations()) {
        page += fmt::format("| {} | {} | {} | {} | {} | {} |\n", code(one.name), code(one.flag),
                            code(one.default_text), one.unit, commands_of(one.audience), one.doc);
    }
    return page;
}

}  // namespace dsm::settings
