#include "tests/chaos/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <csignal>
#include <stdexcept>
#include <thread>

#include "libs/testing/wire.hpp"
#include "tests/chaos/scene.hpp"

namespace dsm::chaos {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using testing::eventually;

constexpr const char* kProject = "CHAOS";
/// For one act to be answered with 200.
constexpr auto kPatience = 120s;

class Run {
public:
    Run(Scene& scene, const Cell& cell, const Disorder& disorder)
        : scene_(scene), cell_(cell), disorder_(disorder) {}

    void tell();

private:
    void act(const std::string& name, const std::string& key, const Disorder& disorder);
    bool try_act(const std::string& name, const std::string& key, const Disorder& disorder);
    void post_and_terminate(const std::string& name, const std::string& key);
    bool is_in_flight() const;
    void plan_and_heal();
    void leave_backlog();

    Scene& scene_;
    const Cell& cell_;
    const Disorder& disorder_;
};

/// True when each of its clients got its 200.
bool Run::try_act(const std::string& name, const std::string& key, const Disorder& disorder) {
    const int at_once = disorder.posts_at_once();
    const int kill_after = disorder.kill_after_ms();
    const auto mend = disorder.trouble();
    std::vector<Reply> replies(static_cast<std::size_t>(at_once));
    {
        std::vector<std::jthread> clients;
        for (int i = 0; i < at_once; ++i) {
            clients.emplace_back([&, i] {
                replies[static_cast<std::size_t>(i)] =
                    scene_.post(fmt::format("{}.{}", name, i), key);
            });
        }
        Victim& victim = scene_.victim();
        if (kill_after >= 0 && !victim.wait_for_end(std::chrono::milliseconds(kill_after))) {
            victim.signal(SIGKILL);
            victim.wait_for_end(60s);
        }
    }
    mend();
    auto& all = scene_.told().history.replies;
    all.insert(all.end(), replies.begin(), replies.end());
    return std::ranges::all_of(replies, [](const Reply& reply) { return reply.status == 200; });
}

/// A POST, again until it is answered with 200, as its client would.
void Run::act(const std::string& name, const std::string& key, const Disorder& disorder) {
    int attempt = 0;
    const auto answered = [&] {
        scene_.victim().ensure_running();
        if (try_act(fmt::format("{}.{}", name, ++attempt), key, disorder)) return true;
        eventually([&] { return !scene_.victim().alive(); }, 200ms);
        return false;
    };
    if (eventually(answered, kPatience)) return;
    throw std::runtime_error("no 200 for " + name + ": " +
                             scene_.told().history.replies.back().body);
}

/// What the act of the cell makes is there, and its answer is held up.
bool Run::is_in_flight() const {
    if (cell_.term == Term::kOnceTheCronJobIs) {
        return std::ranges::any_of(scene_.versions(), &ObjectVersion::ours);
    }
    const auto sprints = scene_.victim().wire("sprint").get("/sprints/by-project/CHAOS");
    return sprints.status == 200 && !sprints.json().as_array().empty();
}

/// The end asked for while an act is on its way, and forced before it is over.
void Run::post_and_terminate(const std::string& name, const std::string& key) {
    Victim& victim = scene_.victim();
    victim.ensure_running();
    Reply reply;
    bool was_in_flight = false;
    {
        const std::jthread client([&] { reply = scene_.post(name, key); });
        was_in_flight = eventually([&] { return is_in_flight(); });
        victim.signal(SIGTERM);
        eventually([&] { return victim.wire("project").get("/health").status == 0; });
        victim.signal(SIGKILL);
    }
    if (!was_in_flight) throw std::runtime_error(name + " was never in flight: " + reply.body);
    scene_.told().history.replies.push_back(reply);
    if (!victim.wait_for_end(60s)) throw std::runtime_error("SIGKILL did not end it");
}

void Run::plan_and_heal() {
    act("plan", "key-1", disorder_);
    scene_.delete_cronjobs();
    act("heal", "", disorder_);
}

/// What was decided is in the stream of nobody, and the process that decided it is gone.
void Run::leave_backlog() {
    Victim& victim = scene_.victim();
    victim.ensure_running();
    scene_.redis().kill();
    plan_and_heal();
    victim.signal(SIGKILL);
    const bool ended = victim.wait_for_end(60s);
    scene_.redis().start();
    if (!ended) throw std::runtime_error("SIGKILL did not end it");
    victim.ensure_running();
}

void Run::tell() {
    scene_.begin(disorder_.store_comes_and_goes);
    if (cell_.term != Term::kNone) post_and_terminate("plan.0", "key-1");
    if (cell_.backlog) {
        leave_backlog();
    } else {
        plan_and_heal();
    }
    scene_.delete_cronjobs();
    act("heal-again", "key-2", disorder_);
    // What a trouble did is noticed at the next delivery; the last act brings one.
    Disorder without_trouble = disorder_;
    without_trouble.trouble = Disorder{}.trouble;
    act("look", "", without_trouble);
    scene_.finish();
}

}  // namespace

std::vector<std::string> missed(const Cell& cell, const Told& told) {
    std::vector<std::string> arms;
    for (std::size_t i = 0; i < cell.arms.size(); ++i) {
        if (!cell.arms[i].empty() && !told.struck.contains(i)) arms.push_back(cell.arms[i]);
    }
    return arms;
}

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
    Scene scene(stage, cell, name_space);
    try {
        Run(scene, cell, disorder).tell();
        return scene.told();
    } catch (const std::exception& error) {
        throw std::runtime_error(error.what() + ("\n" + scene.outputs()));
    }
}

}  // namespace dsm::chaos
