#include "tests/chaos/run.hpp"

#include <boost/json.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "libs/rt/clock.hpp"

namespace dsm::chaos {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace std::chrono_literals;
using testing::eventually;
using testing::read_file;
using testing::WireClient;

constexpr const char* kProject = "CHAOS";
constexpr int kSigkill = 128 + SIGKILL;
constexpr int kTries = 12;

testing::ProcessEnvironment environment_of(const Stage& stage, const std::string& name_space,
                                           const std::string& arm) {
    return {{"K8S_NAMESPACE", name_space},
            {"REDIS_HOST", "127.0.0.1"},
            {"REDIS_PORT", std::to_string(stage.redis.port())},
            {"REDIS_PASSWORD", stage.redis_password},
            {"DSM_FAILPOINTS", arm}};
}

std::string text_of(const json::value& value) {
    return value.is_string() ? std::string(value.get_string()) : std::string();
}

Record record_of(const json::value& document) {
    const json::value& details = document.at("orchestration_decision_details");
    Record record{.decision = text_of(details.at("decision_id")),
                  .created_sprint = text_of(details.at("decision_type")) == "CREATE_NEW_SPRINT",
                  .sprint = text_of(document.at("sprint_id")),
                  .cronjob = text_of(details.at("cronjob_name"))};
    if (const auto* id = document.as_object().if_contains("correlation_id")) {
        record.correlation = text_of(*id);
    }
    return record;
}

class Run {
public:
    Run(Stage& stage, const Cell& cell, std::string name_space, const Disorder& disorder)
        : stage_(stage), cell_(cell), name_space_(std::move(name_space)), disorder_(disorder) {}

    Told tell();

private:
    void prepare();
    void ensure_running();
    void start();
    bool alive();
    void bury(int exit_code);
    WireClient wire(const std::string& part) const;
    Reply post(const std::string& correlation, const std::string& key) const;
    void act(const std::string& name, const std::string& key);
    std::vector<Reply> try_act(const std::string& name, const std::string& key, int attempt);
    void post_and_terminate(const std::string& name, const std::string& key);
    void delete_cronjobs();
    bool gather();
    std::vector<Record> read_events() const;
    void come_to_rest();
    void drain();

    Stage& stage_;
    const Cell& cell_;
    const std::string name_space_;
    const Disorder& disorder_;
    const rt::SystemClock clock_;
    testing::TemporaryFolder folder_;
    std::string data_ = folder_.file("data");
    testing::ProcessEnvironment store_;
    std::unique_ptr<testing::BackgroundProcess> process_;
    json::value endpoints_;
    std::size_t starts_ = 0;
    Told told_;
};

void Run::prepare() {
    stage_.cluster.create_namespace(name_space_);
    stage_.cluster.create_foreign_cronjob(name_space_, "theirs");
    stage_.redis.command("FLUSHALL");
    if (stage_.store) store_ = stage_.store(cell_.from_empty);
    if (!cell_.from_empty) fs::copy(stage_.loaded_data, data_, fs::copy_options::recursive);
    std::ofstream(folder_.file("workspace.json")) << workspace_text();
}

void Run::start() {
    const std::string arm = starts_ < cell_.arms.size() ? cell_.arms[starts_] : "";
    ++starts_;
    const std::string logs = folder_.file("start" + std::to_string(starts_));
    fs::create_directories(logs);
    testing::Arguments argv{stage_.binary, "up", "--data",       data_,
                            "--port-base", "0",  "--kubeconfig", stage_.cluster.kubeconfig()};
    if (cell_.from_empty) {
        argv.insert(argv.end(), {"--import", folder_.file("workspace.json")});
    }
    auto environment = environment_of(stage_, name_space_, arm);
    environment.insert(store_.begin(), store_.end());
    const auto began = clock_.steady();
    process_ = std::make_unique<testing::BackgroundProcess>(argv, environment, logs);
    bool ended = false;
    const auto ready = [&] {
        ended = process_->wait(0ms).has_value();
        if (ended) return true;
        boost::system::error_code none_yet;
        endpoints_ = json::parse(read_file(data_ + "/endpoints.json"), none_yet);
        return !none_yet && endpoints_.at("pid").as_int64() == process_->pid();
    };
    const bool in_time = eventually(ready, 20s);
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady() - began);
    if (ended) return bury(*process_->wait(0ms));
    told_.history.starts.push_back({in_time, took});
    if (!in_time) throw std::runtime_error("dsm up is not ready: " + process_->err());
}

/// Only a kill is a way to end that the story knows before its end.
void Run::bury(int exit_code) {
    told_.outputs += process_->out() + process_->err();
    const std::string last_words = process_->err();
    process_.reset();
    if (exit_code == kSigkill) {
        ++told_.kills;
    } else {
        throw std::runtime_error("dsm up ended with " + std::to_string(exit_code) + ": " +
                                 last_words);
    }
}

bool Run::alive() {
    if (!process_) return false;
    const auto exit_code = process_->wait(0ms);
    if (!exit_code) return true;
    bury(*exit_code);
    return false;
}

void Run::ensure_running() {
    for (int tries = 0; tries < kTries; ++tries) {
        if (alive()) return;
        start();
    }
    if (!alive()) throw std::runtime_error("dsm up does not stay");
}

WireClient Run::wire(const std::string& part) const {
    const std::string url(endpoints_.at(part).as_string());
    return WireClient(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
}

Reply Run::post(const std::string& correlation, const std::string& key) const {
    http::Headers headers;
    headers.set("X-Correlation-ID", correlation);
    if (!key.empty()) headers.set("Idempotency-Key", key);
    const auto answer =
        wire("orchestrator").send("POST", "/orchestrate/project/CHAOS", "{}", headers);
    const auto decision = answer.headers.find("X-Decision-ID");
    return {.correlation = correlation,
            .key = key,
            .status = answer.status,
            .decision = decision ? std::string(*decision) : std::string(),
            .body = answer.body};
}

std::vector<Reply> Run::try_act(const std::string& name, const std::string& key, int attempt) {
    const int at_once = disorder_.posts_at_once();
    const int kill_after = disorder_.kill_after_ms();
    const bool pause = disorder_.pause_redis();
    if (pause) stage_.redis.pause();
    std::vector<Reply> replies(static_cast<std::size_t>(at_once));
    {
        std::vector<std::jthread> clients;
        for (int i = 0; i < at_once; ++i) {
            clients.emplace_back([&, i] {
                replies[static_cast<std::size_t>(i)] =
                    post(name + "." + std::to_string(attempt) + "." + std::to_string(i), key);
            });
        }
        if (kill_after >= 0) {
            eventually([] { return false; }, std::chrono::milliseconds(kill_after));
            process_->signal(SIGKILL);
        }
    }
    if (pause) stage_.redis.resume();
    if (kill_after >= 0) process_->wait(5s);
    return replies;
}

/// A POST, again until it is answered with 200, as its client would.
void Run::act(const std::string& name, const std::string& key) {
    for (int attempt = 1; attempt <= kTries; ++attempt) {
        ensure_running();
        const auto replies = try_act(name, key, attempt);
        auto& all = told_.history.replies;
        all.insert(all.end(), replies.begin(), replies.end());
        const bool answered =
            std::ranges::all_of(replies, [](const Reply& reply) { return reply.status == 200; });
        if (answered) return;
        eventually([&] { return !alive(); }, 200ms);
    }
    throw std::runtime_error("no 200 for " + name + ": " + told_.history.replies.back().body);
}

/// The end asked for while an act is on its way, and forced before it is over.
void Run::post_and_terminate(const std::string& name, const std::string& key) {
    ensure_running();
    Reply reply;
    {
        const std::jthread client([&] { reply = post(name, key); });
        eventually([] { return false; }, 60ms);
        process_->signal(SIGTERM);
        eventually([] { return false; }, 30ms);
        process_->signal(SIGKILL);
    }
    told_.history.replies.push_back(reply);
    const auto exit_code = process_->wait(5s);
    if (exit_code == 0) process_.reset();
    alive();
}

void Run::delete_cronjobs() {
    for (std::string& uid : stage_.cluster.delete_our_cronjobs(name_space_)) {
        told_.history.removed_by_others.insert(std::move(uid));
    }
}

std::vector<Record> Run::read_events() const {
    auto environment = environment_of(stage_, name_space_, "");
    const auto read =
        testing::run_process({stage_.binary, "events", "--json", "--data", data_}, environment);
    if (read.exit_code != 0) throw std::runtime_error("dsm events: " + read.err);
    std::vector<Record> events;
    std::istringstream lines(read.out);
    std::string line;
    while (std::getline(lines, line)) {
        const json::value entry = json::parse(line);
        if (entry.at("stream") == "orchestration_events") {
            events.push_back(record_of(entry.at("data")));
        }
    }
    return events;
}

/// True when everything that was decided has been delivered.
bool Run::gather() {
    History& h = told_.history;
    const auto get = [&](const char* part, const std::string& target) {
        const auto answer = wire(part).get(target);
        return answer.status == 200 ? answer.json() : json::value(json::array());
    };
    h.decisions.clear();
    h.notes.clear();
    h.audits.clear();
    h.sprints.clear();
    for (const auto& one :
         get("orchestrator", "/decisions?project_id=CHAOS&limit=1000").as_array()) {
        h.decisions.insert(h.decisions.begin(), text_of(one.at("decision_id")));
    }
    const json::value notes =
        get("chronicle", "/v1/notes/daily_scrum_report?project_id=CHAOS&include=decisions");
    if (notes.is_object()) {
        for (const auto& one : notes.at("notes").as_array()) h.notes.push_back(record_of(one));
    }
    for (const auto& one :
         get("chronicle", "/v1/notes/decision_audit?project_id=CHAOS").as_array()) {
        h.audits.push_back(record_of(one));
    }
    for (const auto& one : get("sprint", "/sprints/by-project/CHAOS").as_array()) {
        h.sprints.push_back({text_of(one.at("sprint_id")), text_of(one.at("sprint_name")),
                             text_of(one.at("status"))});
    }
    const std::size_t count = h.decisions.size();
    if (count == 0 || h.notes.size() < count || h.audits.size() < count) return false;
    h.events = read_events();
    return h.events.size() >= count;
}

void Run::come_to_rest() {
    bool rested = false;
    for (int tries = 0; tries < kTries && !rested; ++tries) {
        ensure_running();
        bool died = false;
        rested = eventually(
            [&] {
                died = !alive();
                return died || gather();
            },
            12s);
        if (!died) break;
        rested = false;
    }
}

void Run::drain() {
    ensure_running();
    const auto began = clock_.steady();
    process_->signal(SIGTERM);
    const auto exit_code = process_->wait(8s);
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady() - began);
    if (exit_code == kSigkill) {
        bury(kSigkill);
        come_to_rest();
        return drain();
    }
    told_.history.drains.push_back({exit_code.value_or(-1), took});
    told_.outputs += process_->out() + process_->err();
    process_.reset();
}

Told Run::tell() {
    prepare();
    if (cell_.term_in_flight) post_and_terminate("plan.0", "key-1");
    act("plan", "key-1");
    delete_cronjobs();
    act("heal", "");
    delete_cronjobs();
    act("heal-again", "key-2");
    act("look", "");
    come_to_rest();
    drain();

    stage_.cluster.create_foreign_cronjob(name_space_, "the-end");
    if (!eventually([&] {
            told_.history.objects = stage_.cluster.versions(name_space_);
            const auto& seen = told_.history.objects;
            return std::ranges::find(seen, "the-end", &ObjectVersion::name) != seen.end();
        })) {
        throw std::runtime_error("the watch of the cluster fell behind");
    }
    told_.outputs += read_file(data_ + "/dsm.log");
    told_.history.outputs = told_.outputs;
    told_.history.secrets = {stage_.redis_password, stage_.cluster.token()};
    const auto killed = static_cast<std::size_t>(told_.kills);
    told_.armed_all = cell_.survives || killed >= cell_.arms.size();
    return std::move(told_);
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
    return Run(stage, cell, name_space, disorder).tell();
}

void load_workspace(Stage& stage, const std::string& folder) {
    fs::create_directories(folder);
    const std::string file = folder + "/workspace.json";
    std::ofstream(file) << workspace_text();
    stage.loaded_data = folder + "/data";
    stage.cluster.create_namespace("loading");
    testing::BackgroundProcess process(
        {stage.binary, "up", "--data", stage.loaded_data, "--port-base", "0", "--kubeconfig",
         stage.cluster.kubeconfig(), "--import", file},
        environment_of(stage, "loading", ""), folder);
    const bool ready =
        eventually([&] { return !read_file(stage.loaded_data + "/endpoints.json").empty(); }, 30s);
    process.signal(SIGTERM);
    if (!ready || process.wait(10s) != 0) {
        throw std::runtime_error("the workspace was not loaded: " + process.err());
    }
}

}  // namespace dsm::chaos
