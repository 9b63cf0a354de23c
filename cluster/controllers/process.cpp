// fork and exec with nothing but system calls between them. Not posix_spawn: it cannot make a child
// end with its parent.
#include "cluster/controllers/process.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace dsm::cluster {

namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (std::string& text : texts) all.push_back(text.data());
    all.push_back(nullptr);
    return all;
}

constexpr unsigned kFirstForeignFile = 3;

/// What the child needs, made before the fork.
struct Plan {
    const char* executable;
    const char* output;
    const char* folder;  ///< nullptr: ours
    char* const* arguments;
    char* const* environment;
    pid_t parent;
    int telltale;  ///< closed by exec; else errno is written to it
};

bool open_as(const char* path, int flags, int number) {
    const int file = ::open(path, flags, 0600);
    return file >= 0 && (file == number || ::dup2(file, number) == number);
}

[[noreturn]] void give_up(const Plan& plan) {
    const int why = errno;
    [[maybe_unused]] const auto told = ::write(plan.telltale, &why, sizeof why);
    ::_exit(127);
}

/// Between fork and exec: calls that are safe after a fork of a process with threads, and no other.
[[noreturn]] void become(const Plan& plan) {
    struct sigaction usual{};
    usual.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) ::sigaction(number, &usual, nullptr);
    ::setpgid(0, 0);
    // Also a kill of this program leaves nothing running. The thread that forked lives as long as
    // the cluster does; if it is gone already, nobody would be told.
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != plan.parent) give_up(plan);
    if (!open_as("/dev/null", O_RDONLY, 0)) give_up(plan);
    if (!open_as(plan.output, O_WRONLY | O_CREAT | O_APPEND, 1) || ::dup2(1, 2) != 2) give_up(plan);
    if (plan.folder != nullptr && ::chdir(plan.folder) != 0) give_up(plan);
    if (::close_range(kFirstForeignFile, ~0U, CLOSE_RANGE_CLOEXEC) != 0) give_up(plan);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execve(plan.executable, plan.arguments, plan.environment);
    give_up(plan);
}

/// 0 once the child runs the program; else why it does not.
int wait_for_exec(int telltale) {
    int why = 0;
    ssize_t count = 0;
    do {
        count = ::read(telltale, &why, sizeof why);
    } while (count < 0 && errno == EINTR);
    return count == sizeof why ? why : 0;
}

}  // namespace

Result<std::unique_ptr<Process>> Process::start(const Command& command) {
    std::vector<std::string> arguments{command.executable};
    arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
    std::vector<std::string> environment;
    for (const auto& [name, value] : command.environment) {
        environment.push_back(name + "=" + value);
    }
    const auto argv = pointers(arguments);
    const auto envp = pointers(environment);
    const auto refused = [&](int why) {
        return fail(ErrorCode::kUnavailable,
                    "cannot run " + command.executable + ": " + std::strerror(why));
    };
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return refused(errno);
    const Plan plan{
        .executable = command.executable.c_str(),
        .output = command.output_path.empty() ? "/dev/null" : command.output_path.c_str(),
        .folder = command.folder.empty() ? nullptr : command.folder.c_str(),
        .arguments = argv.data(),
        .environment = envp.data(),
        .parent = ::getpid(),
        .telltale = ends[1]};
    // No handler of ours runs in the child.
    sigset_t all, before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t id = ::fork();
    if (id == 0) become(plan);
    const int cannot_fork = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    ::close(ends[1]);
    const int bad = id < 0 ? cannot_fork : wait_for_exec(ends[0]);
    ::close(ends[0]);
    if (id < 0) return refused(bad);
    std::unique_ptr<Process> process(new Process(id));
    if (bad != 0) return refused(bad);
    return process;
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
