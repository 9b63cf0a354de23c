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

std::string complaint_text(std::string_view name, const Given& given, bool secret,
                           const std::string& complaint) {
    // An address may hold a password, and then it is for nobody's log.
    const bool may_tell = given.text.find_first_of("@?") != std::string::npos;
    const std::string shown = secret || may_tell ? "***" : given.text;
    return fmt::format("{}={} ({}): {}", name, shown, given.origin, complaint);
}

/// What is said for this callee alone: by its variable, else by its own default.
std::optional<Given> own_of(const CalleeDeclaration& callee, std::string_view part,
                            const Lookup& environment) {
    if (auto text = environment(fmt::format("{}{}", callee.prefix, part)); text && !text->empty()) {
        return Given{std::move(*text), "environment"};
    }
    if (part != callee.own_name) return std::nullopt;
    return Given{std::string(callee.own_default), "default"};
}

/// Each callee has what all have, but for what is its own.
void read_callees(const Lookup& environment, unsigned audience, Settings& into,
                  std::vector<std::string>& complaints) {
    into.calls_by_callee.fill(into.calls);
    for (const auto& callee : kCallees) {
        auto& calls = into.calls_by_callee[static_cast<std::size_t>(callee.callee)];
        for (const auto& part : declarations()) {
            if (!part.read_call || (part.audience & audience) == 0) continue;
            const auto given = own_of(callee, part.name, environment);
            if (!given) continue;
            const auto complaint = part.read_call(given->text, calls);
            if (!complaint) continue;
            complaints.push_back(complaint_text(fmt::format("{}{}", callee.prefix, part.name),
                                                *given, false, *complaint));
        }
    }
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
        const auto complaint = declaration.read_call
                                   ? declaration.read_call(given.text, settings.calls)
                                   : declaration.read(given.text, settings);
        if (!complaint) continue;
        complaints.push_back(
            complaint_text(declaration.name, given, is_secret(declaration), *complaint));
    }
    read_callees(environment, audience, settings, complaints);
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
    std::string parts;
    for (const auto& one : declarations()) {
        if (one.read_call) parts += (parts.empty() ? "" : ", ") + code(one.name);
    }
    page += fmt::format(
        "\n## Calls to one of them alone\n\n"
        "These hold for all calls, and with a prefix for calls to one of them alone: {}.\n"
        "`K8S_CALL_TIMEOUT_MS=10000` gives the Kubernetes API 10 s and changes nothing for the\n"
        "others. Such a variable has no flag, takes the same values, and wins over the general\n"
        "setting, however that was given.\n\n"
        "| prefix | calls to | default of its own |\n"
        "|---|---|---|\n",
        parts);
    for (const auto& one : kCallees) {
        const auto own = one.own_name.empty() ? std::string()
                                              : fmt::format("`{}{}`: `{}`", one.prefix,
                                                            one.own_name, one.own_default);
        page += fmt::format("| {} | {} | {} |\n", code(one.prefix), one.title, own);
    }
    return page;
}

}  // namespace dsm::settings
