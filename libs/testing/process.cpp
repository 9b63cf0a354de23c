#include "libs/testing/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

extern char** environ;

namespace dsm::testing {
namespace {

using Steady = std::chrono::steady_clock;

std::vector<std::string> merged_environment(const ProcessEnvironment& added) {
    std::map<std::string, std::string> all;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::size_t equals = text.find('=');
        if (equals != std::string_view::npos) {
            all[std::string(text.substr(0, equals))] = text.substr(equals + 1);
        }
    }
    for (const auto& [name, value] : added) all[name] = value;
    std::vector<std::string> lines;
    for (const auto& [name, value] : all) lines.push_back(name + "=" + value);
    return lines;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (std::string& text : texts) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

pid_t spawn(const Arguments& argv, const ProcessEnvironment& environment,
            posix_spawn_file_actions_t* actions) {
    Arguments words = argv;
    std::vector<std::string> lines = merged_environment(environment);
    pid_t pid = -1;
    const int failure = posix_spawnp(&pid, words.at(0).c_str(), actions, nullptr,
                                     pointers(words).data(), pointers(lines).data());
    posix_spawn_file_actions_destroy(actions);
    if (failure != 0)
        throw std::runtime_error("cannot run " + argv[0] + ": " + std::strerror(failure));
    return pid;
}

int exit_code_of(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Reads both pipes to their ends or to the deadline; false when the deadline came first.
bool drain(int out, int err, Finished& finished, Steady::time_point deadline) {
    std::array<pollfd, 2> fds{pollfd{out, POLLIN, 0}, pollfd{err, POLLIN, 0}};
    std::array<std::string*, 2> sinks{&finished.out, &finished.err};
    std::array<char, 16384> buffer{};
    while (fds[0].fd >= 0 || fds[1].fd >= 0) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Steady::now());
        if (left.count() <= 0) return false;
        if (poll(fds.data(), fds.size(), static_cast<int>(left.count())) < 0 && errno != EINTR)
            return false;
        for (std::size_t i = 0; i < fds.size(); ++i) {
            if (fds[i].fd < 0 || fds[i].revents == 0) continue;
            const ssize_t count = read(fds[i].fd, buffer.data(), buffer.size());
            if (count > 0) sinks[i]->append(buffer.data(), static_cast<std::size_t>(count));
            if (count == 0) fds[i].fd = -1;
        }
    }
    return true;
}

std::optional<int> wait_until(pid_t pid, Steady::time_point deadline) {
    for (;;) {
        int status = 0;
        if (waitpid(pid, &status, WNOHANG) == pid) return exit_code_of(status);
        if (Steady::now() >= deadline) return std::nullopt;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

}  // namespace

Finished run_process(const Arguments& argv, const ProcessEnvironment& environment,
                     std::chrono::milliseconds limit) {
    std::array<int, 2> out{};
    std::array<int, 2> err{};
    if (pipe2(out.data(), O_CLOEXEC) != 0 || pipe2(err.data(), O_CLOEXEC) != 0) {
        throw std::runtime_error("cannot make a pipe");
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
    const pid_t pid = spawn(argv, environment, &actions);
    close(out[1]);
    close(err[1]);

    Finished finished;
    const auto deadline = Steady::now() + limit;
    drain(out[0], err[0], finished, deadline);
    close(out[0]);
    close(err[0]);
    std::optional<int> code = wait_until(pid, deadline);
    if (!code) {
        kill(pid, SIGKILL);
        waitpid(pid, nullptr, 0);
    }
    finished.exit_code = code.value_or(-1);
    return finished;
}

BackgroundProcess::BackgroundProcess(const Arguments& argv, const ProcessEnvironment& environment,
                                     const std::string& log_dir)
    : out_path_(log_dir + "/stdout.log"), err_path_(log_dir + "/stderr.log") {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    constexpr int kFlags = O_WRONLY | O_CREAT | O_APPEND;
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out_path_.c_str(), kFlags, 0600);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err_path_.c_str(), kFlags, 0600);
    pid_ = spawn(argv, environment, &actions);
}

BackgroundProcess::~BackgroundProcess() {
    if (exit_code_) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
}

void BackgroundProcess::signal(int number) const {
    if (!exit_code_) kill(pid_, number);
}

std::optional<int> BackgroundProcess::wait(std::chrono::milliseconds limit) {
    if (!exit_code_) exit_code_ = wait_until(pid_, Steady::now() + limit);
    return exit_code_;
}

std::string BackgroundProcess::out() const {
    return read_file(out_path_);
}
std::string BackgroundProcess::err() const {
    return read_file(err_path_);
}

TemporaryFolder::TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "dsm-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make " + pattern);
    path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
    const auto deadline = Steady::now() + limit;
    for (;;) {
        if (condition()) return true;
        if (Steady::now() >= deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

}  // namespace dsm::testing
