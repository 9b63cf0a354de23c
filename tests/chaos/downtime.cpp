// Chronicle is away for a while under load: the services as processes of their own, so many
// decisions a second for several projects, Chronicle killed and started again, and what is found
// afterwards held against the promises, project by project.
//
//   dsm_downtime [--rate 200] [--lasts 70] [--away 60] [--projects 16]
#include <CLI/CLI.hpp>
#include <atomic>
#include <boost/json.hpp>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <thread>

#include "libs/rt/clock.hpp"
#include "libs/stream/event_stream.hpp"
#include "libs/testing/await.hpp"
#include "tests/chaos/cluster_beside.hpp"
#include "tests/chaos/history.hpp"
#include "tests/chaos/pass_time.hpp"
#include "tests/chaos/witness.hpp"
#include "tests/serve/separate_services.hpp"

namespace dsm::chaos {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using testing::eventually;
using Seconds = std::chrono::duration<double>;

struct Options {
    int rate = 200;  ///< POSTs a second, over all projects
    int lasts_s = 70;
    int away_s = 60;
    int projects = 16;
};

const rt::SystemClock kClock;

void wait_until(rt::Steady when) {
    pass_time_until(when, kClock);
}

std::string name_of_project(int number) {
    return fmt::format("LOAD-{:02}", number);
}

std::string workspace_of(int projects) {
    json::array all;
    json::array tasks;
    for (int i = 0; i < projects; ++i) {
        const std::string id = name_of_project(i);
        all.push_back({{"id", id},
                       {"name", id},
                       {"description", "-"},
                       {"status", "active"},
                       {"team", json::array{"E1"}}});
        tasks.push_back({{"task_id", id + "-TASK001"},
                         {"project_id", id},
                         {"title", "A task"},
                         {"description", "-"},
                         {"status", "unassigned"},
                         {"assigned_to", nullptr},
                         {"sprint_id", nullptr},
                         {"progress_percentage", 0}});
    }
    const json::array employees{{{"id", "E1"}, {"name", "E1"}}};
    return json::serialize(json::object{{"workspace",
                                         {{"projects", std::move(all)},
                                          {"employees", employees},
                                          {"holidays", json::array()},
                                          {"pto", json::array()},
                                          {"sprints", json::array()},
                                          {"tasks", std::move(tasks)}}}});
}

/// One client of one project, in step with the clock; who is late catches up.
std::vector<Reply> ask(const testing::SeparateServices& services, const std::string& project,
                       std::chrono::microseconds pace, rt::Steady end,
                       std::atomic<std::size_t>& answered) {
    std::vector<Reply> replies;
    for (auto next = kClock.steady(); next < end; next += pace) {
        wait_until(next);
        http::Headers headers;
        headers.set("X-Correlation-ID", fmt::format("{}.{}", project, replies.size()));
        const auto answer = services.wire("orchestrator")
                                .send("POST", "/orchestrate/project/" + project, "{}", headers);
        if (answer.status == 200) ++answered;
        const auto decision = answer.headers.find("X-Decision-ID");
        replies.push_back({.correlation = fmt::format("{}.{}", project, replies.size()),
                           .status = answer.status,
                           .decision = decision ? std::string(*decision) : std::string(),
                           .body = answer.status == 200 ? std::string() : answer.body});
    }
    return replies;
}

double metric(const std::string& text, const std::string& name) {
    double sum = 0;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(name + "{")) sum += std::strtod(&line[line.rfind(' ')], nullptr);
    }
    return sum;
}

/// A note, an audit and an event a decision. The counters are exact; the backlog's gauge is some
/// seconds old.
double still_waiting(const testing::SeparateServices& services, std::size_t decisions) {
    const auto answer = services.wire("orchestrator").get("/metrics");
    if (answer.status != 200) return 1;
    return 3.0 * static_cast<double>(decisions) - metric(answer.body, "dsm_outbox_delivered_total");
}

json::value get(const testing::SeparateServices& services, const std::string& service,
                const std::string& target) {
    const auto answer = services.wire(service).get(target);
    if (answer.status == 200) return answer.json();
    throw std::runtime_error(fmt::format("{}: HTTP {}", target, answer.status));
}

/// Every event of the stream, by project.
std::map<std::string, std::vector<Record>> read_events(testing::SeparateServices& services) {
    constexpr std::size_t kPage = 1'000;
    const auto stream = stream::make_redis_stream(services.redis().settings(), kClock);
    std::map<std::string, std::vector<Record>> events;
    for (std::string after;;) {
        auto page = testing::await(
            stream->range("orchestration_events", after, kPage, rt::Deadline::after(kClock, 30s)));
        if (!page) throw std::runtime_error(page.error().message);
        if (page->empty()) return events;
        for (const auto& entry : *page) {
            const json::value data = json::parse(entry.event.data);
            events[std::string(data.at("project_id").as_string())].push_back(record_of(data));
        }
        after = page->back().id;
    }
}

/// Every CronJob as the cluster has it, by project. Nobody watched, and nobody deleted one: each
/// was added once. Nobody but a decision made one, so one that names none is a breach of
/// AUDIT-EXACT.
std::map<std::string, std::vector<ObjectVersion>> read_cronjobs(
    const testing::SeparateServices& services) {
    const auto listed = testing::run_process(
        {"kubectl", "--kubeconfig", services.kubeconfig(), "get", "cronjobs", "-A", "-o", "json"});
    if (listed.exit_code != 0) throw std::runtime_error("kubectl: " + listed.err);
    std::map<std::string, std::vector<ObjectVersion>> cronjobs;
    for (const auto& object : json::parse(listed.out).at("items").as_array()) {
        ObjectVersion seen = version_of("ADDED", object);
        if (seen.decision.empty()) seen.decision = "(none)";
        cronjobs[seen.identity.substr(0, seen.identity.find('/'))].push_back(std::move(seen));
    }
    return cronjobs;
}

History history_of(testing::SeparateServices& services, const std::string& project) {
    History history;
    const std::string all = "project_id=" + project + "&limit=100000";
    const json::value decisions = get(services, "orchestrator", "/decisions?" + all);
    for (const auto& one : decisions.as_array()) {
        history.decisions.emplace(history.decisions.begin(), one.at("decision_id").as_string());
    }
    const json::value notes =
        get(services, "chronicle", "/v1/notes/daily_scrum_report?include=decisions&" + all);
    for (const auto& one : notes.at("notes").as_array()) history.notes.push_back(record_of(one));
    const json::value audits = get(services, "chronicle", "/v1/notes/decision_audit?" + all);
    for (const auto& one : audits.as_array()) history.audits.push_back(record_of(one));
    const json::value sprints = get(services, "sprint", "/sprints/by-project/" + project);
    for (const auto& one : sprints.as_array()) {
        history.sprints.push_back({std::string(one.at("sprint_id").as_string()),
                                   std::string(one.at("sprint_name").as_string()),
                                   std::string(one.at("status").as_string())});
    }
    return history;
}

int run(const Options& options) {
    testing::SeparateServices services(kClock.wall());
    testing::TemporaryFolder folder;
    std::ofstream(folder.file("workspace.json")) << workspace_of(options.projects);
    const auto imported = services.run({"import", folder.file("workspace.json")});
    if (imported.exit_code != 0) throw std::runtime_error(imported.err);

    const auto began = kClock.steady();
    const auto end = began + std::chrono::seconds(options.lasts_s);
    const std::chrono::microseconds pace(1'000'000LL * options.projects / options.rate);
    std::vector<std::vector<Reply>> replies(static_cast<std::size_t>(options.projects));
    std::atomic<std::size_t> answered = 0;
    double waited = 0;
    {
        std::vector<std::jthread> clients;
        for (int i = 0; i < options.projects; ++i) {
            clients.emplace_back([&, i] {
                replies[static_cast<std::size_t>(i)] =
                    ask(services, name_of_project(i), pace, end, answered);
            });
        }
        const auto margin = std::chrono::seconds(options.lasts_s - options.away_s) / 2;
        wait_until(began + margin);
        services.kill("chronicle");
        wait_until(began + margin + std::chrono::seconds(options.away_s));
        waited = still_waiting(services, answered);
        services.start("chronicle");
    }
    const auto asked = Seconds(kClock.steady() - began).count();
    const bool rested = eventually([&] { return still_waiting(services, answered) <= 0; }, 10min);
    const auto delivered = Seconds(kClock.steady() - began).count() - asked;

    auto events = read_events(services);
    auto cronjobs = read_cronjobs(services);
    std::size_t posts = 0;
    std::size_t refused = 0;
    std::size_t decisions = 0;
    std::size_t notes = 0;
    std::size_t audits = 0;
    std::size_t entries = 0;
    std::string breaches;
    for (int i = 0; i < options.projects; ++i) {
        History history = history_of(services, name_of_project(i));
        history.events = std::move(events[name_of_project(i)]);
        history.objects = std::move(cronjobs[name_of_project(i)]);
        history.replies = std::move(replies[static_cast<std::size_t>(i)]);
        history.rested = rested;
        posts += history.replies.size();
        refused += static_cast<std::size_t>(std::ranges::count_if(
            history.replies, [](const Reply& reply) { return reply.status != 200; }));
        decisions += history.decisions.size();
        notes += history.notes.size();
        audits += history.audits.size();
        entries += history.events.size();
        breaches += describe(check(history));
    }
    std::printf(
        "%zu POSTs in %.1f s (%.0f a second), %zu not answered with 200; Chronicle away for %d s, "
        "then %.0f messages waited, delivered %.1f s after the last POST\n"
        "%zu decisions, %zu notes, %zu audits, %zu events\n%s\n",
        posts, asked, static_cast<double>(posts) / asked, refused, options.away_s, waited,
        delivered, decisions, notes, audits, entries,
        breaches.empty() ? "none lost, none twice" : breaches.c_str());
    return breaches.empty() && decisions > 0 && refused == 0 ? 0 : 1;
}

}  // namespace
}  // namespace dsm::chaos

int main(int argc, char** argv) {
    dsm::chaos::Options options;
    CLI::App app("Takes Chronicle away under load and counts what became of every decision");
    app.add_option("--rate", options.rate, "POSTs a second")->check(CLI::Range(1, 10'000));
    app.add_option("--lasts", options.lasts_s, "Seconds of load")->check(CLI::Range(2, 3'600));
    app.add_option("--away", options.away_s, "Seconds without Chronicle");
    app.add_option("--projects", options.projects)->check(CLI::Range(1, 99));
    CLI11_PARSE(app, argc, argv);
    try {
        return dsm::chaos::run(options);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 2;
    }
}
