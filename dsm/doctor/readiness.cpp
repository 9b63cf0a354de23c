// Reads what the services say of themselves. The words are the contract's: "ok", "error",
// "circuit_open".
#include <fmt/format.h>

#include <array>

#include "dsm/doctor/finding.hpp"

namespace dsm::doctor {

namespace json = boost::json;

namespace {

struct Advice {
    std::string_view member;
    std::string_view name;
    std::string_view advice;
};

constexpr std::array kAdvice = {
    Advice{"database", "its database",
           "look at the disk or the PostgreSQL server; the service's log says why"},
    Advice{"redis", "the event stream",
           "the service's log says why (stream_down, stream_refused): start Redis again, give it "
           "memory, or correct REDIS_HOST, REDIS_PORT and REDIS_PASSWORD; what waits is delivered "
           "then"},
    Advice{"kubernetes_api", "the Kubernetes API",
           "see that the API server runs and that the kubeconfig names it; until then nothing is "
           "created or deleted"},
    Advice{"project_service", "project-service",
           "see that it runs and is ready, and that PROJECT_SERVICE_URL is its address"},
    Advice{"backlog_service", "backlog-service",
           "see that it runs and is ready, and that BACKLOG_SERVICE_URL is its address"},
    Advice{"sprint_service", "sprint-service",
           "see that it runs and is ready, and that SPRINT_SERVICE_URL is its address"},
    Advice{"chronicle_service", "chronicle-service",
           "see that it runs and is ready, and that CHRONICLE_SERVICE_URL is its address; what "
           "waits is "
           "delivered then"},
};

std::string text_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// The texts of a list, separated by commas.
std::string list_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    const auto* list = value ? value->if_array() : nullptr;
    std::string texts;
    if (!list) return texts;
    for (const auto& item : *list) {
        if (!item.is_string()) continue;
        if (!texts.empty()) texts += ", ";
        texts += std::string_view(item.get_string());
    }
    return texts;
}

/// What a service that is not ready says of it, a line each.
std::string complaints_of(const json::object& said) {
    std::string lines;
    const auto* messages = said.if_contains("messages");
    if (messages && messages->is_array()) {
        for (const auto& message : messages->get_array()) {
            if (!message.is_string()) continue;
            if (!lines.empty()) lines += "\n";
            lines += std::string_view(message.get_string());
        }
    }
    return lines.empty() ? "mend what is said of it below" : lines;
}

/// What is told of a member that is not ok; `{}` is its name.
constexpr const char* words_for(std::string_view state, std::string_view member) {
    if (state == "circuit_open") return "{} failed again and again, and is not asked for a while";
    if (member == "database") return "{} cannot be used";
    return member == "redis" ? "{} does not answer, or refuses what is published"
                             : "{} does not answer";
}

void add_ill(const std::string& service, const json::object& members,
             std::vector<Finding>& findings) {
    for (const auto& [member, name, advice] : kAdvice) {
        const auto state = text_at(members, member);
        if (state.empty() || state == "ok") continue;
        findings.push_back({.subject = service,
                            .health = Health::kIll,
                            .what = fmt::format(fmt::runtime(words_for(state, member)), name),
                            .advice = std::string(advice)});
    }
}

void add_rights(const json::object& said, std::vector<Finding>& findings) {
    const auto* rights = said.if_contains("kubernetes_rights");
    if (!rights || !rights->is_object()) return;
    const json::object& told = rights->get_object();
    Finding finding{.subject = "kubernetes rights"};
    const auto state = text_at(told, "state");
    if (state == "granted") {
        finding.what = "all that the orchestrator needs is granted";
    } else if (state == "missing") {
        finding.health = Health::kIll;
        finding.what = "the orchestrator may not: " + list_at(told, "missing");
        finding.advice = "add to the rules of its Role; it takes notice within seconds:\n" +
                         text_at(told, "rules_to_add");
    } else {
        finding.health = Health::kIll;
        const auto why = text_at(told, "why");
        finding.what = "not known: " + (why.empty() ? "they were not asked for yet" : why);
        finding.advice = "ask again in a moment; it tells as soon as the API server says";
    }
    findings.push_back(std::move(finding));
}

Finding not_there(const std::string& service, const std::string& url, std::string why) {
    return {.subject = service,
            .health = Health::kIll,
            .what = fmt::format("{} gives no answer of a DSM service: {}", url, why),
            .advice = "see that it runs there, and read its log"};
}

}  // namespace

std::vector<Finding> read_readiness(const std::string& service, const std::string& url,
                                    const Result<client::Reply>& reply) {
    if (!reply) return {not_there(service, url, reply.error().message)};
    const bool ready = reply->status == 200;
    const auto* body = reply->body.if_object();
    if (body && !ready) {
        // The orchestrator puts it into `detail`, the others do not.
        const auto* detail = body->if_contains("detail");
        if (detail) body = detail->if_object();
    }
    if (!body || (!ready && reply->status != 503) || !body->contains("service")) {
        return {not_there(service, url, fmt::format("HTTP {}", reply->status))};
    }
    std::vector<Finding> findings{{.subject = service,
                                   .health = ready ? Health::kWell : Health::kIll,
                                   .what = (ready ? "ready at " : "not ready at ") + url,
                                   .advice = ready ? "" : complaints_of(*body)}};
    add_ill(service, *body, findings);
    for (const char* group : {"dependencies", "external_apis"}) {
        const auto* members = body->if_contains(group);
        if (members && members->is_object()) add_ill(service, members->get_object(), findings);
    }
    add_rights(*body, findings);
    return findings;
}

std::vector<Finding> read_parked(const std::string& service, const Result<client::Reply>& reply) {
    const auto* body = reply && reply->status == 200 ? reply->body.if_object() : nullptr;
    const auto* rows = body ? body->if_contains("parked") : nullptr;
    if (!rows || !rows->is_array() || rows->get_array().empty()) return {};
    return {{.subject = service,
             .health = Health::kIll,
             .what = "messages are parked: they were refused for good, and wait for you",
             .advice = "`dsm events parked` shows them; mend the receiver, then `dsm events parked "
                       "--retry --all`"}};
}

}  // namespace dsm::doctor
