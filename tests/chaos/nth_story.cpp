#include "tests/chaos/nth_story.hpp"

#include <boost/json.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "libs/sql/integrity.hpp"
#include "libs/testing/process.hpp"
#include "libs/testing/wire.hpp"
#include "tests/chaos/run.hpp"

namespace dsm::chaos {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace std::chrono_literals;
using testing::eventually;
using testing::read_file;

constexpr const char* kOrchestrate = "/orchestrate/project/CHAOS";

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

    /// False when it ended before it was ready, or was not ready in time.
    bool ready() {
        eventually(
            [&] {
                if (process_->wait(0ms)) return true;
                boost::system::error_code none_yet;
                endpoints_ = json::parse(read_file(data_ + "/endpoints.json"), none_yet);
                return !none_yet && endpoints_.at("pid").as_int64() == process_->pid();
            },
            15s);
        return !process_->wait(0ms) && endpoints_.is_object();
    }

    testing::WireClient orchestrator() const {
        const std::string url(endpoints_.at("orchestrator").as_string());
        return testing::WireClient(
            static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
    }

    std::optional<int> end(int signal) {
        process_->signal(signal);
        return process_->wait(8s);
    }
    std::optional<int> ended() { return process_->wait(0ms); }
    std::string said() const { return process_->out() + process_->err(); }

private:
    std::string data_;
    json::value endpoints_;
    std::unique_ptr<testing::BackgroundProcess> process_;
};

/// The story as far as the process lets it; its answers are of no account here.
void play(Process& process) {
    if (!process.ready()) return;
    const auto door = process.orchestrator();
    const auto created = door.post(kOrchestrate, json::object());
    if (created.status == 200) {
        const json::value answer = created.json();
        if (const auto* name = answer.at("cronjob_name").if_string()) {
            door.del(std::string(kOrchestrate) + "/cronjob/" + std::string(*name));
        }
    }
    door.post(kOrchestrate, json::object());
}

/// It may go on, and it may end and say why. No signal but the one that it was sent ends it: what
/// the code did not foresee aborts.
std::string judge_end(std::optional<int> exit_code, const std::string& said) {
    if (!exit_code) return "it hung and had to be killed";
    // Before `main` it is the C++ runtime that says so.
    const bool before_main = *exit_code == 128 + SIGABRT && said.contains("std::bad_alloc");
    if (*exit_code > 128 && *exit_code != 128 + SIGTERM && !before_main) {
        return "it crashed with signal " + std::to_string(*exit_code - 128);
    }
    if (*exit_code != 0 && said.empty()) {
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

}  // namespace

NthOutcome tell_with_nth(const NthStage& stage, const std::string& function, int nth) {
    const testing::TemporaryFolder folder;
    const std::string data = folder.file("data");
    const std::string mark = folder.file("reached");
    fs::copy(stage.loaded_data, data, fs::copy_options::recursive);
    NthOutcome outcome;
    {
        Process broken(stage.binary, data, folder.file("broken"),
                       {{"LD_PRELOAD", stage.library},
                        {"DSM_NTH_CALL", function + ":" + std::to_string(nth)},
                        {"DSM_NTH_MARK", mark}});
        play(broken);
        const auto exit_code = broken.ended() ? broken.ended() : broken.end(SIGTERM);
        outcome.exit_code = exit_code.value_or(-1);
        outcome.reached = fs::exists(mark);
        std::istringstream(read_file(mark)) >> outcome.calls;
        outcome.trouble = judge_end(exit_code, broken.said());
    }
    if (outcome.trouble.empty()) outcome.trouble = judge_stores(data);
    if (!outcome.trouble.empty()) return outcome;

    Process whole(stage.binary, data, folder.file("whole"), {});
    if (!whole.ready()) {
        outcome.trouble = "it did not start again: " + whole.said();
    } else if (const auto reply = whole.orchestrator().post(kOrchestrate, json::object());
               reply.status != 200) {
        outcome.trouble = "afterwards a POST got " + std::to_string(reply.status) + reply.body;
    } else if (whole.end(SIGTERM) != 0) {
        outcome.trouble = "afterwards it did not end well: " + whole.said();
    }
    return outcome;
}

void load_for_nth(NthStage& stage, const std::string& folder) {
    fs::create_directories(folder);
    const std::string file = folder + "/workspace.json";
    std::ofstream(file) << workspace_text();
    stage.loaded_data = folder + "/data";
    Process process(stage.binary, stage.loaded_data, folder + "/loading", {}, {"--import", file});
    if (!process.ready() || process.end(SIGTERM) != 0) {
        throw std::runtime_error("the workspace was not loaded: " + process.said());
    }
}

}  // namespace dsm::chaos
