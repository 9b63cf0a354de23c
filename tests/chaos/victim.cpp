#include "tests/chaos/victim.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace dsm::chaos {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace std::chrono_literals;
using testing::eventually;
using testing::read_file;

constexpr int kSigkill = 128 + SIGKILL;
/// For all the starts that one wish to have it running may need.
constexpr auto kPatience = 180s;

/// What its threads computed so far; 0 once it is gone.
std::chrono::milliseconds computed_by(pid_t pid) {
    const std::string stat = read_file(fmt::format("/proc/{}/stat", pid));
    // The program's name may hold anything; user and system time are fields 14 and 15.
    std::istringstream fields(stat.substr(stat.rfind(')') + 1));
    std::string skipped;
    for (int field = 3; field < 14; ++field) fields >> skipped;
    long user = 0;
    long system = 0;
    fields >> user >> system;
    return std::chrono::milliseconds((user + system) * 1'000 / ::sysconf(_SC_CLK_TCK));
}

std::string database_of(std::string name_space) {
    std::ranges::replace(name_space, '-', '_');
    return name_space;
}

}  // namespace

Victim::Victim(const Stage& stage, const Cell& cell, const std::string& name_space, Told& told)
    : stage_(stage), cell_(cell), name_space_(name_space), told_(told) {}

void Victim::prepare(bool store_comes_and_goes) {
    store_comes_and_goes_ = store_comes_and_goes;
    if (stage_.postgresql) {
        const std::string database = database_of(name_space_);
        stage_.postgresql->create_database(database,
                                           cell_.from_empty ? "" : stage_.loaded_database);
        store_ = stage_.postgresql->environment(database);
    }
    if (!cell_.from_empty) fs::copy(stage_.loaded_data, data_, fs::copy_options::recursive);
    std::ofstream(folder_.file("workspace.json")) << workspace_text();
}

testing::ProcessEnvironment Victim::environment(const std::string& arm) const {
    testing::ProcessEnvironment all = stage_.environment;
    all.insert(store_.begin(), store_.end());
    all.insert({{"K8S_NAMESPACE", name_space_}, {"DSM_FAILPOINTS", arm}});
    return all;
}

void Victim::start() {
    const std::string arm = starts_ < cell_.arms.size() ? cell_.arms[starts_] : "";
    ++starts_;
    const std::string logs = folder_.file("start" + std::to_string(starts_));
    fs::create_directories(logs);
    testing::Arguments argv{stage_.binary, "up", "--data",       data_,
                            "--port-base", "0",  "--kubeconfig", stage_.kubeconfig};
    if (cell_.from_empty) argv.insert(argv.end(), {"--import", folder_.file("workspace.json")});
    const auto began = clock_.steady();
    process_ = std::make_unique<testing::BackgroundProcess>(argv, environment(arm), logs);
    bool ended = false;
    const auto ready = [&] {
        ended = process_->wait(0ms).has_value();
        if (ended) return true;
        boost::system::error_code none_yet;
        endpoints_ = json::parse(endpoints_file(), none_yet);
        return !none_yet && endpoints_.at("pid").as_int64() == process_->pid();
    };
    const bool in_time = eventually(ready, 120s);
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady() - began);
    const auto computed = computed_by(process_->pid());
    if (ended) return bury(*process_->wait(0ms));
    told_.history.starts.push_back({in_time, took, computed});
    if (!in_time) throw std::runtime_error("dsm up is not ready: " + process_->err());
}

void Victim::keep_outputs() {
    // As libs/failpoint says it.
    if (process_->err().contains(" struck\n")) told_.struck.insert(starts_ - 1);
    told_.history.outputs.push_back(
        {fmt::format("what start {} printed", starts_), process_->out() + process_->err()});
}

/// Only a kill is a way to end that the story knows before its end, and, while somebody breaks the
/// store, not to begin.
void Victim::bury(int exit_code) {
    keep_outputs();
    const std::string last_words = process_->err();
    process_.reset();
    if (exit_code == kSigkill) {
        ++told_.kills;
        return;
    }
    const bool refused = exit_code > 0 && exit_code < 128 && !last_words.empty();
    if (store_comes_and_goes_ && refused) return;
    throw std::runtime_error(fmt::format("dsm up ended with {}: {}", exit_code, last_words));
}

bool Victim::alive() {
    if (!process_) return false;
    const auto exit_code = process_->wait(0ms);
    if (!exit_code) return true;
    bury(*exit_code);
    return false;
}

void Victim::ensure_running() {
    const auto running = [&] {
        if (!alive()) start();
        return alive();
    };
    if (!eventually(running, kPatience)) throw std::runtime_error("dsm up does not stay");
}

void Victim::signal(int number) {
    process_->signal(number);
}

bool Victim::wait_for_end(std::chrono::milliseconds limit) {
    const auto exit_code = process_->wait(limit);
    if (!exit_code) return false;
    if (*exit_code != 0) {
        bury(*exit_code);
    } else {
        keep_outputs();
        process_.reset();
    }
    return true;
}

bool Victim::drain() {
    const auto began = clock_.steady();
    process_->signal(SIGTERM);
    const auto exit_code = process_->wait(60s);
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady() - began);
    if (exit_code == kSigkill) {
        bury(kSigkill);
        return false;
    }
    told_.history.drains.push_back({exit_code.value_or(-1), took});
    keep_outputs();
    process_.reset();
    if (stage_.postgresql) stage_.postgresql->drop_database(database_of(name_space_));
    return true;
}

testing::WireClient Victim::wire(const std::string& part) const {
    const std::string url(endpoints_.at(part).as_string());
    return testing::WireClient(
        static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
}

testing::Finished Victim::run_command(testing::Arguments command) const {
    command.insert(command.begin(), stage_.binary);
    command.insert(command.end(), {"--data", data_});
    return testing::run_process(command, environment(""));
}

std::string Victim::log() const {
    return read_file(data_ + "/dsm.log");
}
std::string Victim::endpoints_file() const {
    return read_file(data_ + "/endpoints.json");
}

void load_workspace(Stage& stage, const std::string& folder) {
    fs::create_directories(folder);
    const std::string file = folder + "/workspace.json";
    std::ofstream(file) << workspace_text();
    stage.loaded_data = folder + "/data";
    stage.cluster.create_namespace("loading");
    testing::ProcessEnvironment environment = stage.environment;
    if (stage.postgresql) {
        stage.loaded_database = "loaded";
        stage.postgresql->create_database(stage.loaded_database);
        environment.merge(stage.postgresql->environment(stage.loaded_database));
    }
    environment.insert({{"K8S_NAMESPACE", "loading"}, {"DSM_FAILPOINTS", ""}});
    testing::BackgroundProcess process(
        {stage.binary, "up", "--data", stage.loaded_data, "--port-base", "0", "--kubeconfig",
         stage.kubeconfig, "--import", file},
        environment, folder);
    const bool ready =
        eventually([&] { return !read_file(stage.loaded_data + "/endpoints.json").empty(); }, 120s);
    process.signal(SIGTERM);
    if (!ready || process.wait(60s) != 0) {
        throw std::runtime_error("the workspace was not loaded: " + process.err());
    }
}

}  // namespace dsm::chaos
