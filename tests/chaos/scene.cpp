#include "tests/chaos/scene.hpp"

#include <algorithm>
#include <stdexcept>

#include "libs/testing/wire.hpp"
#include "tests/chaos/witness.hpp"

namespace dsm::chaos {
namespace {

using namespace std::chrono_literals;
using testing::eventually;

/// An outbox looks every 30 s whether the stream still has what it delivered.
constexpr auto kRest = 120s;

}  // namespace

Scene::Scene(Stage& stage, const Cell& cell, std::string name_space)
    : stage_(stage), cell_(cell), name_space_(std::move(name_space)) {}

void Scene::begin(bool store_comes_and_goes) {
    stage_.cluster.create_namespace(name_space_);
    stage_.cluster.create_foreign_cronjob(name_space_, "theirs");
    stage_.redis.command("FLUSHALL");
    victim_.prepare(store_comes_and_goes);
}

Reply Scene::post(const std::string& correlation, const std::string& key) const {
    http::Headers headers;
    headers.set("X-Correlation-ID", correlation);
    if (!key.empty()) headers.set("Idempotency-Key", key);
    const auto answer =
        victim_.wire("orchestrator").send("POST", "/orchestrate/project/CHAOS", "{}", headers);
    const auto decision = answer.headers.find("X-Decision-ID");
    return {.correlation = correlation,
            .key = key,
            .status = answer.status,
            .decision = decision ? std::string(*decision) : std::string(),
            .body = answer.body,
            .said = answer.status == 200 ? std::optional(said_by(answer.body)) : std::nullopt};
}

void Scene::delete_cronjobs() {
    const auto recorded = [this](const std::string& decision) {
        const auto recent =
            victim_.wire("orchestrator").get("/decisions?project_id=CHAOS&limit=1000");
        return recent.status == 200 && recent.body.contains(decision);
    };
    for (std::string& uid : stage_.cluster.delete_our_cronjobs(name_space_, recorded)) {
        told_.history.removed_by_others.insert(std::move(uid));
    }
}

void Scene::come_to_rest() {
    told_.history.rested = eventually(
        [&] {
            victim_.ensure_running();
            return gather(victim_, told_.history) && victim_.alive();
        },
        kRest);
}

/// The watch is behind the acts; one more of its own tells that it has seen them all.
void Scene::read_versions() {
    stage_.cluster.create_foreign_cronjob(name_space_, "the-end");
    const auto seen_all = [&] {
        told_.history.objects = versions();
        const auto& seen = told_.history.objects;
        return std::ranges::find(seen, "the-end", &ObjectVersion::name) != seen.end();
    };
    if (!eventually(seen_all)) throw std::runtime_error("the watch of the cluster fell behind");
    told_.history.outputs.push_back(
        {"every version of every CronJob", stage_.cluster.shown(name_space_)});
}

void Scene::finish() {
    for (bool ended = false; !ended;) {
        come_to_rest();
        victim_.ensure_running();
        overhear(victim_, told_.history);
        victim_.ensure_running();
        ended = victim_.drain();
    }
    read_versions();
    told_.history.outputs.push_back({"dsm.log", victim_.log()});
    told_.history.secrets = stage_.secrets;
}

std::string Scene::outputs() const {
    return outputs_of(told_.history) + "== dsm.log\n" + victim_.log();
}

}  // namespace dsm::chaos
