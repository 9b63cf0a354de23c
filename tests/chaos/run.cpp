#include "tests/chaos/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <csignal>
#include <stdexcept>
#include <thread>

#include "libs/testing/wire.hpp"
#include "tests/chaos/victim.hpp"
#include "tests/chaos/witness.hpp"

namespace dsm::chaos {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using testing::eventually;

constexpr const char* kProject = "CHAOS";
/// An outbox looks every 30 s whether the stream still has what it delivered.
constexpr auto kRest = 45s;
constexpr auto kPatience = 60s;

class Run {
public:
    Run(Stage& stage, const Cell& cell, std::string name_space, const Disorder& disorder)
        : stage_(stage), cell_(cell), name_space_(std::move(name_space)), disorder_(disorder) {}

    Told tell();
    /// All that was printed or logged so far.
    std::string outputs() const;

private:
    Reply post(const std::string& correlation, const std::string& key) const;
    void act(const std::string& name, const std::string& key);
    bool try_act(const std::string& name, const std::string& key, int attempt);
    void post_and_terminate(const std::string& name, const std::string& key);
    bool is_in_flight() const;
    void delete_cronjobs();
    void come_to_rest();
    void end();
    void read_versions();

    Stage& stage_;
    const Cell& cell_;
    const std::string name_space_;
    const Disorder& disorder_;
    Told told_;
    Victim system_{stage_, cell_, name_space_, told_};
};

Reply Run::post(const std::string& correlation, const std::string& key) const {
    http::Headers headers;
    headers.set("X-Correlation-ID", correlation);
    if (!key.empty()) headers.set("Idempotency-Key", key);
    const auto answer =
        system_.wire("orchestrator").send("POST", "/orchestrate/project/CHAOS", "{}", headers);
    const auto decision = answer.headers.find("X-Decision-ID");
    return {.correlation = correlation,
            .key = key,
            .status = answer.status,
            .decision = decision ? std::string(*decision) : std::string(),
            .body = answer.body};
}

/// True when each of its clients got its 200.
bool Run::try_act(const std::string& name, const std::string& key, int attempt) {
    const int at_once = disorder_.posts_at_once();
    const int kill_after = disorder_.kill_after_ms();
    const auto mend = disorder_.trouble();
    std::vector<Reply> replies(static_cast<std::size_t>(at_once));
    {
        std::vector<std::jthread> clients;
        for (int i = 0; i < at_once; ++i) {
            clients.emplace_back([&, i] {
                replies[static_cast<std::size_t>(i)] =
                    post(fmt::format("{}.{}.{}", name, attempt, i), key);
            });
        }
        if (kill_after >= 0 && !system_.wait_for_end(std::chrono::milliseconds(kill_after))) {
            system_.signal(SIGKILL);
            system_.wait_for_end(5s);
        }
    }
    mend();
    auto& all = told_.history.replies;
    all.insert(all.end(), replies.begin(), replies.end());
    return std::ranges::all_of(replies, [](const Reply& reply) { return reply.status == 200; });
}

/// A POST, again until it is answered with 200, as its client would.
void Run::act(const std::string& name, const std::string& key) {
    int attempt = 0;
    const auto answered = [&] {
        system_.ensure_running();
        if (try_act(name, key, ++attempt)) return true;
        eventually([&] { return !system_.alive(); }, 200ms);
        return false;
    };
    if (eventually(answered, kPatience)) return;
    throw std::runtime_error("no 200 for " + name + ": " + told_.history.replies.back().body);
}

/// What the act of the cell makes is there, and its answer is held up.
bool Run::is_in_flight() const {
    if (cell_.term == Term::kOnceTheSprintIs) {
        const auto sprints = system_.wire("sprint").get("/sprints/by-project/CHAOS");
        return sprints.status == 200 && !sprints.json().as_array().empty();
    }
    const auto versions = stage_.cluster.versions(name_space_);
    return std::ranges::any_of(versions, &ObjectVersion::ours);
}

/// The end asked for while an act is on its way, and forced before it is over.
void Run::post_and_terminate(const std::string& name, const std::string& key) {
    system_.ensure_running();
    Reply reply;
    bool was_in_flight = false;
    {
        const std::jthread client([&] { reply = post(name, key); });
        was_in_flight = eventually([&] { return is_in_flight(); });
        system_.signal(SIGTERM);
        eventually([&] { return system_.wire("project").get("/health").status == 0; });
        system_.signal(SIGKILL);
    }
    if (!was_in_flight) throw std::runtime_error(name + " was never in flight: " + reply.body);
    told_.history.replies.push_back(reply);
    if (!system_.wait_for_end(5s)) throw std::runtime_error("SIGKILL did not end it");
}

void Run::delete_cronjobs() {
    for (std::string& uid : stage_.cluster.delete_our_cronjobs(name_space_)) {
        told_.history.removed_by_others.insert(std::move(uid));
    }
}

void Run::come_to_rest() {
    told_.history.rested = eventually(
        [&] {
            system_.ensure_running();
            return gather(system_, told_.history) && system_.alive();
        },
        kRest);
}

void Run::end() {
    for (bool ended = false; !ended;) {
        come_to_rest();
        system_.ensure_running();
        overhear(system_, told_.history);
        system_.ensure_running();
        ended = system_.drain();
    }
}

/// The watch is behind the acts; one more of its own tells that it has seen them all.
void Run::read_versions() {
    stage_.cluster.create_foreign_cronjob(name_space_, "the-end");
    const auto seen_all = [&] {
        told_.history.objects = stage_.cluster.versions(name_space_);
        const auto& seen = told_.history.objects;
        return std::ranges::find(seen, "the-end", &ObjectVersion::name) != seen.end();
    };
    if (!eventually(seen_all)) throw std::runtime_error("the watch of the cluster fell behind");
}

Told Run::tell() {
    stage_.cluster.create_namespace(name_space_);
    stage_.cluster.create_foreign_cronjob(name_space_, "theirs");
    stage_.redis.command("FLUSHALL");
    system_.prepare(disorder_.store_comes_and_goes);
    if (cell_.term != Term::kNone) post_and_terminate("plan.0", "key-1");
    act("plan", "key-1");
    delete_cronjobs();
    act("heal", "");
    delete_cronjobs();
    act("heal-again", "key-2");
    act("look", "");
    end();
    read_versions();
    told_.history.outputs.push_back({"dsm.log", system_.log()});
    told_.history.secrets = stage_.secrets;
    const auto killed = static_cast<std::size_t>(told_.kills);
    told_.armed_all = cell_.survives || killed >= cell_.arms.size();
    return told_;
}

std::string Run::outputs() const {
    std::string all;
    for (const Output& output : told_.history.outputs) {
        all += "== " + output.where + "\n" + output.text + "\n";
    }
    return all + "== dsm.log\n" + system_.log();
}

}  // namespace

std::string workspace_text() {
    json::array tasks;
    for (int i = 1; i <= 8; ++i) {
        tasks.push_back({{"task_id", fmt::format("CHAOS-TASK{:03}", i)},
                         {"project_id", kProject},
                         {"title", "A task"},
                         {"description", "-"},
                         {"status", "unassigned"},
                         {"assigned_to", nullptr},
                         {"sprint_id", nullptr},
                         {"progress_percentage", 0}});
    }
    const json::object project{{"id", kProject},
                               {"name", "Chaos"},
                               {"description", "-"},
                               {"status", "active"},
                               {"team", json::array{"E1", "E2"}}};
    json::array employees;
    for (const char* id : {"E1", "E2"}) employees.push_back({{"id", id}, {"name", id}});
    return json::serialize(json::value{{"workspace",
                                        {{"projects", json::array(1, json::value(project))},
                                         {"employees", std::move(employees)},
                                         {"holidays", json::array()},
                                         {"pto", json::array()},
                                         {"sprints", json::array()},
                                         {"tasks", std::move(tasks)}}}});
}

Told tell(Stage& stage, const Cell& cell, const std::string& name_space, const Disorder& disorder) {
    Run run(stage, cell, name_space, disorder);
    try {
        return run.tell();
    } catch (const std::exception& error) {
        throw std::runtime_error(error.what() + ("\n" + run.outputs()));
    }
}

}  // namespace dsm::chaos
