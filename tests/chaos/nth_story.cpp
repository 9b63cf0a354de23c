#include "tests/chaos/nth_story.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "libs/sql/integrity.hpp"
#include "libs/testing/process.hpp"
#include "libs/testing/wire.hpp"
#include "tests/chaos/run.hpp"
#include "tests/chaos/witness.hpp"

namespace dsm::chaos {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace std::chrono_literals;
using testing::eventually;
using testing::read_file;

constexpr const char* kOrchestrate = "/orchestrate/project/CHAOS";
constexpr const char* kLoadedDatabase = "loaded";
constexpr const char* kDatabase = "broken";

class Process {
public:
    Process(const std::string& binary, std::string data, std::string logs,
            testing::ProcessEnvironment environment, testing::Arguments more = {})
        : data_(std::move(data)) {
        fs::create_directories(logs);
        for (const char* name : {"REDIS_HOST", "POSTGRES_HOST", "K8S_NAMESPACE"}) {
            environment.try_emplace(name, "");
        }
        testing::Arguments argv{binary, "up", "--data", data_, "--port-base", "0"};
        argv.insert(argv.end(), more.begin(), more.end());
        process_ = std::make_unique<testing::BackgroundProcess>(argv, environment, logs);
    }

    /// False when it ended before it was ready, or was neither in two minutes.
    bool ready() {
        eventually(
            [&] {
                if (process_->wait(0ms)) return true;
                boost::system::error_code none_yet;
                endpoints_ = json::parse(read_file(data_ + "/endpoints.json"), none_yet);
                return !none_yet && endpoints_.at("pid").as_int64() == process_->pid();
            },
            120s);
        return !process_->wait(0ms) && endpoints_.is_object();
    }

    testing::WireClient wire(const std::string& part) const {
        const std::string url(endpoints_.at(part).as_string());
        return testing::WireClient(
            static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
    }

    std::optional<int> end(int signal) {
        process_->signal(signal);
        return process_->wait(60s);
    }
    std::optional<int> ended() { return process_->wait(0ms); }
    std::string complaint() const { return process_->err(); }
    std::string said() const { return process_->out() + process_->err(); }

private:
    std::string data_;
    json::value endpoints_;
    std::unique_ptr<testing::BackgroundProcess> process_;
};

/// One POST; its decision's id where it was answered with 200.
json::value post(const Process& process, std::vector<std::string>& answered) {
    const auto reply = process.wire("orchestrator").post(kOrchestrate, json::object());
    if (reply.status != 200) return {};
    if (const auto id = reply.headers.find("X-Decision-ID")) answered.emplace_back(*id);
    return reply.json();
}

/// The story as far as the process, which is ready, lets it; the decisions that were answered with
/// 200.
std::vector<std::string> play(const Process& process) {
    std::vector<std::string> answered;
    const json::value created = post(process, answered);
    if (created.is_object()) {
        if (const auto* name = created.at("cronjob_name").if_string()) {
            process.wire("orchestrator")
                .del(std::string(kOrchestrate) + "/cronjob/" + std::string(*name));
        }
    }
    post(process, answered);
    return answered;
}

/// It may go on, and it may end and say why. No signal but the one that it was sent ends it: what
/// the code did not foresee aborts.
std::string judge_end(std::optional<int> exit_code, const std::string& complaint, bool logged) {
    if (!exit_code) return "it hung and had to be killed";
    // Before `main`, and so before the first line of the log, it is the C++ runtime that says so.
    const bool before_main =
        *exit_code == 128 + SIGABRT && complaint.contains("std::bad_alloc") && !logged;
    if (*exit_code > 128 && *exit_code != 128 + SIGTERM && !before_main) {
        return "it crashed with signal " + std::to_string(*exit_code - 128) + ": " + complaint;
    }
    if (*exit_code != 0 && complaint.empty()) {
        return "it ended with " + std::to_string(*exit_code) + " and without a word";
    }
    return {};
}

std::string judge_stores(const std::string& data) {
    for (const auto& file : fs::directory_iterator(data)) {
        if (file.path().extension() != ".db") continue;
        const auto checked = sql::check_integrity(file.path().string());
        if (!checked) return checked.error().message;
    }
    return {};
}

/// What it answered, and what it left on its way, has its one audit and is kept.
std::string judge_decisions(const Process& process, const std::vector<std::string>& answered) {
    std::string trouble = "its decisions and audits could not be read";
    const auto all_told = [&] {
        const auto kept = process.wire("orchestrator").get("/decisions?project_id=CHAOS&limit=99");
        const auto audits =
            process.wire("chronicle").get("/v1/notes/decision_audit?project_id=CHAOS&limit=99");
        if (kept.status != 200 || audits.status != 200) return false;
        std::map<std::string, int> told;
        for (const auto& one : audits.json().as_array()) ++told[record_of(one).decision];
        trouble.clear();
        for (const std::string& decision : answered) {
            if (!kept.body.contains(decision)) trouble += "200 for a lost decision; ";
        }
        for (const auto& one : kept.json().as_array()) {
            const std::string decision(one.at("decision_id").as_string());
            if (told[decision] == 1) continue;
            trouble += fmt::format("decision {} has {} audits; ", decision, told[decision]);
        }
        return trouble.empty();
    };
    eventually(all_told, 120s);
    return trouble;
}

/// The process after the broken one, on what that left.
std::string judge_start(const NthStage& stage, const std::string& data, const std::string& logs,
                        const testing::ProcessEnvironment& store,
                        std::vector<std::string> answered) {
    Process whole(stage.binary, data, logs, store);
    if (!whole.ready()) return "it did not start again: " + whole.said();
    const auto reply = whole.wire("orchestrator").post(kOrchestrate, json::object());
    if (reply.status != 200) {
        return fmt::format("afterwards a POST got {}: {}", reply.status, reply.body);
    }
    if (const auto id = reply.headers.find("X-Decision-ID")) answered.emplace_back(*id);
    std::string trouble = judge_decisions(whole, answered);
    if (!trouble.empty()) return trouble + testing::read_file(data + "/dsm.log");
    if (whole.end(SIGTERM) != 0) return "afterwards it did not end well: " + whole.said();
    return {};
}

std::string order_of(const NthCall& call) {
    return fmt::format("{}:{}{}", call.function, call.nth,
                       call.path.empty() ? "" : "@" + call.path);
}

/// What nth_call wrote: how many calls there were, and each path with its first call.
void read_mark(const std::string& mark, NthCall call, NthOutcome& outcome) {
    outcome.reached = fs::exists(mark);
    std::istringstream lines(read_file(mark));
    lines >> outcome.calls;
    char at = 0;
    while (lines >> call.nth >> at >> call.path) outcome.paths.push_back(call);
}

/// A copy of the loaded stores, gone with it.
class Stores {
public:
    explicit Stores(const NthStage& stage) : stage_(stage) {
        fs::copy(stage.loaded_data, data(), fs::copy_options::recursive);
        if (!stage.postgresql) return;
        stage.postgresql->create_database(kDatabase, kLoadedDatabase);
        environment_ = stage.postgresql->environment(kDatabase);
    }
    ~Stores() {
        if (stage_.postgresql) stage_.postgresql->drop_database(kDatabase);
    }
    Stores(const Stores&) = delete;
    Stores& operator=(const Stores&) = delete;

    std::string data() const { return folder_.file("data"); }
    std::string file(const std::string& name) const { return folder_.file(name); }
    const testing::ProcessEnvironment& environment() const { return environment_; }

private:
    const NthStage& stage_;
    testing::TemporaryFolder folder_;
    testing::ProcessEnvironment environment_;
};

}  // namespace

NthOutcome tell_with_nth(const NthStage& stage, const NthCall& call) {
    const Stores stores(stage);
    const std::string mark = stores.file("reached");
    const std::string log = stores.data() + "/dsm.log";
    const std::string logged_before = read_file(log);
    testing::ProcessEnvironment environment = stores.environment();
    environment.merge(testing::ProcessEnvironment{
        {"LD_PRELOAD", stage.library}, {"DSM_NTH_CALL", order_of(call)}, {"DSM_NTH_MARK", mark}});
    if (call.frames > 0) environment["DSM_NTH_FRAMES"] = std::to_string(call.frames);
    if (!call.library.empty()) environment["DSM_NTH_IN"] = call.library;
    NthOutcome outcome;
    std::vector<std::string> answered;
    {
        Process broken(stage.binary, stores.data(), stores.file("broken"), environment);
        const bool ready = broken.ready();
        const bool stuck = !ready && !broken.ended();
        if (ready) answered = play(broken);
        const auto exit_code = broken.ended() ? broken.ended() : broken.end(SIGTERM);
        outcome.exit_code = exit_code.value_or(-1);
        const bool logged = read_file(log) != logged_before;
        outcome.trouble = stuck ? "it neither became ready nor ended"
                                : judge_end(exit_code, broken.complaint(), logged);
    }
    read_mark(mark, call, outcome);
    if (outcome.trouble.empty()) outcome.trouble = judge_stores(stores.data());
    if (outcome.trouble.empty()) {
        outcome.trouble = judge_start(stage, stores.data(), stores.file("whole"),
                                      stores.environment(), std::move(answered));
    }
    return outcome;
}

void load_for_nth(NthStage& stage, const std::string& folder) {
    fs::create_directories(folder);
    const std::string file = folder + "/workspace.json";
    std::ofstream(file) << workspace_text();
    stage.loaded_data = folder + "/data";
    testing::ProcessEnvironment store;
    if (stage.postgresql) {
        stage.postgresql->create_database(kLoadedDatabase);
        store = stage.postgresql->environment(kLoadedDatabase);
    }
    Process process(stage.binary, stage.loaded_data, folder + "/loading", store,
                    {"--import", file});
    if (!process.ready() || process.end(SIGTERM) != 0) {
        throw std::runtime_error("the workspace was not loaded: " + process.said());
    }
}

}  // namespace dsm::chaos
