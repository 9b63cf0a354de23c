// Child processes for tests: run one to its end, or keep one running and stop it by pid.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dsm::testing {

using Arguments = std::vector<std::string>;
using ProcessEnvironment = std::map<std::string, std::string>;  ///< added to the test's own

struct Finished {
    int exit_code = -1;  ///< 128 + n when signal n ended it; -1 when the deadline did
    std::string out;
    std::string err;
};

/// Runs `argv` (looked up on PATH) to its end or kills it after `limit`, which only ends a hang.
Finished run_process(const Arguments& argv, const ProcessEnvironment& environment = {},
                     std::chrono::milliseconds limit = std::chrono::seconds(120));

/// A process that goes on beside the test. Its output goes to files in `log_dir`.
class BackgroundProcess {
public:
    BackgroundProcess(const Arguments& argv, const ProcessEnvironment& environment,
                      const std::string& log_dir);
    ~BackgroundProcess();  ///< SIGKILL if it still runs
    BackgroundProcess(const BackgroundProcess&) = delete;
    BackgroundProcess& operator=(const BackgroundProcess&) = delete;

    pid_t pid() const { return pid_; }
    void signal(int number) const;
    /// The exit code as in Finished, or nullopt when it still runs after `limit`.
    std::optional<int> wait(std::chrono::milliseconds limit);
    std::string out() const;
    std::string err() const;

private:
    pid_t pid_ = -1;
    std::optional<int> exit_code_;
    std::string out_path_;
    std::string err_path_;
};

/// A fresh folder below the system's temporary one, removed with its content at the end.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    const std::string& path() const { return path_; }
    std::string file(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

/// The whole file; empty when it cannot be read.
std::string read_file(const std::string& path);

/// Polls `condition` every 20 ms until it holds (true) or `limit` passed (false). The limit only
/// ends a hang: how fast the machine is decides nothing.
bool eventually(const std::function<bool()>& condition,
                std::chrono::milliseconds limit = std::chrono::seconds(60));

}  // namespace dsm::testing
