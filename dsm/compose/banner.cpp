// The lines of the banner.
#include "dsm/compose/banner.hpp"

#include <boost/json/value.hpp>
#include <cstdio>

#include "dsm/compose/naming.hpp"
#include "libs/http/client.hpp"

namespace dsm::compose {

namespace json = boost::json;

namespace {

constexpr std::chrono::milliseconds kExampleLimit{1'000};
constexpr std::size_t kExampleTries = 5;

/// The rows at `key` of the answer to a GET; empty when there is none.
json::array rows_of(client::Api& api, const std::string& url, std::string_view key) {
    const auto reply = api.call("GET", url, "", {}, kExampleLimit);
    if (!reply || !reply->ok() || !reply->body.is_object()) return {};
    const auto* rows = reply->body.get_object().if_contains(key);
    return rows != nullptr && rows->is_array() ? rows->get_array() : json::array();
}

std::string text_at(const json::value& row, std::string_view key) {
    const auto* object = row.if_object();
    const auto* value = object == nullptr ? nullptr : object->if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::string place_of(const client::StreamPlace& streams) {
    if (!streams.sqlite_file.empty()) return streams.sqlite_file;
    return fmt::format("Redis at {}:{}", streams.redis_host, streams.redis_port);
}

/// Lines that work as they stand.
std::string lines_to_try(const Banner& banner) {
    auto text = fmt::format(
        "\nTry:\n"
        "  export KUBECONFIG={}\n"
        "  kubectl get cronjobs -n {}\n",
        banner.endpoints.kubeconfig, banner.name_space);
    if (banner.example && banner.example->cronjob) {
        text += fmt::format("  kubectl delete cronjob {} -n {}\n", *banner.example->cronjob,
                            banner.name_space);
    }
    if (banner.example) {
        text += fmt::format(
            "  curl -X POST -H 'Content-Type: application/json' -d '{{}}' "
            "{}/orchestrate/project/{}\n",
            banner.endpoints.orchestrator, http::escape(banner.example->project));
    }
    text += fmt::format("  {0} status --data {1}\n  {0} events --data {1}\n", banner.program,
                        banner.data);
    return text;
}

}  // namespace

std::optional<Example> find_example(client::Api& api, const client::Endpoints& endpoints) {
    const auto sprints = rows_of(
        api, fmt::format("{}/sprints/active?all=true&limit={}", endpoints.sprint, kExampleTries),
        "sprints");
    std::optional<Example> first;
    for (const auto& sprint : sprints) {
        const auto project = text_at(sprint, "project_id");
        const auto name = cronjob_name(project, text_at(sprint, "sprint_id"));
        const auto cronjobs = rows_of(api,
                                      fmt::format("{}/orchestrate/project/{}/status",
                                                  endpoints.orchestrator, http::escape(project)),
                                      "cronjobs");
        if (!first) first = Example{project, std::nullopt};
        for (const auto& cronjob : cronjobs) {
            if (text_at(cronjob, "name") == name) return Example{project, name};
        }
    }
    return first;
}

std::string text_of(const Banner& banner) {
    const auto& at = banner.endpoints;
    const auto streams =
        place_of(banner.streams) +
        (banner.streams_answer
             ? ""
             : ": not answering yet; decisions are kept and delivered when it does");
    std::string text =
        fmt::format("DSM is up ({} ms). Ctrl-C stops it.\n\n", banner.started_in.count());
    const std::pair<const char*, std::string> places[] = {
        {"orchestrator", at.orchestrator}, {"project", at.project},
        {"backlog", at.backlog},           {"sprint", at.sprint},
        {"chronicle", at.chronicle},       {"kubernetes", at.kubernetes},
        {"kubeconfig", at.kubeconfig},     {"streams", streams},
        {"log", banner.data + "/dsm.log"}};
    for (const auto& [name, place] : places) text += fmt::format("  {:<13}{}\n", name, place);
    if (banner.clock_offset != std::chrono::microseconds(0)) {
        text += fmt::format("  {:<13}{} and running; not the machine's\n", "clock",
                            format_rfc3339(banner.now));
    }
    for (const auto& intake : banner.intakes) {
        text += fmt::format("  {:<13}{} ({}): {}\n", "imported", intake.name,
                            workspace::summary(intake.workspace), client::to_text(intake.count));
    }
    return text + lines_to_try(banner);
}

void print_banner(const Banner& banner) {
    const auto text = text_of(banner);
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

}  // namespace dsm::compose
