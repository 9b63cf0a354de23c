// posix_spawn, so that nothing of ours runs between fork and exec.
#include "cluster/controllers/process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <csignal>
#include <cstring>

namespace dsm::cluster {

namespace {

struct SpawnPlan {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    SpawnPlan() {
        posix_spawn_file_actions_init(&files);
        posix_spawnattr_init(&attributes);
    }
    ~SpawnPlan() {
        posix_spawn_file_actions_destroy(&files);
        posix_spawnattr_destroy(&attributes);
    }
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (std::string& text : texts) all.push_back(text.data());
    all.push_back(nullptr);
    return all;
}

constexpr int kFirstForeignFile = 3;

}  // namespace

Result<std::unique_ptr<Process>> Process::start(const Command& command) {
    SpawnPlan plan;
    const char* output = command.output_path.empty() ? "/dev/null" : command.output_path.c_str();
    posix_spawn_file_actions_addopen(&plan.files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&plan.files, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&plan.files, 1, 2);
    if (!command.folder.empty()) {
        posix_spawn_file_actions_addchdir_np(&plan.files, command.folder.c_str());
    }
    posix_spawn_file_actions_addclosefrom_np(&plan.files, kFirstForeignFile);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&plan.attributes, &none);
    posix_spawnattr_setsigdefault(&plan.attributes, &all);
    posix_spawnattr_setpgroup(&plan.attributes, 0);
    posix_spawnattr_setflags(
        &plan.attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::vector<std::string> arguments{command.executable};
    arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
    std::vector<std::string> environment;
    for (const auto& [name, value] : command.environment) {
        environment.push_back(name + "=" + value);
    }
    pid_t id = 0;
    const int bad = posix_spawn(&id, command.executable.c_str(), &plan.files, &plan.attributes,
                                pointers(arguments).data(), pointers(environment).data());
    if (bad != 0) {
        return fail(ErrorCode::kUnavailable,
                    "cannot run " + command.executable + ": " + std::strerror(bad));
    }
    return std::unique_ptr<Process>(new Process(id));
}

Process::~Process() {
    if (status_) return;
    kill();
    int status = 0;
    ::waitpid(id_, &status, 0);
}

std::optional<int> Process::poll() {
    if (status_) return status_;
    int status = 0;
    if (::waitpid(id_, &status, WNOHANG) != id_) return std::nullopt;
    constexpr int kSignalBase = 128;
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : kSignalBase + WTERMSIG(status);
    ::kill(-id_, SIGKILL);  // whatever it left behind in its group
    return status_;
}

void Process::kill() {
    if (!status_) ::kill(-id_, SIGKILL);
}

}  // namespace dsm::cluster
