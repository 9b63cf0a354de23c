// A child process in a group of its own whose output goes to a file. Never waits.
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/result.hpp"

namespace dsm::cluster {

struct Command {
    std::string executable;
    std::vector<std::string> arguments;              ///< without the name of the program
    std::map<std::string, std::string> environment;  ///< all of it
    std::string folder;                              ///< to run in; empty: ours
    std::string output_path;  ///< standard output and error; empty: /dev/null
};

/// Killed with its group when this object goes. One thread.
class Process {
public:
    static Result<std::unique_ptr<Process>> start(const Command& command);
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    /// The exit status (128 + n for signal n), or nullopt while it runs.
    std::optional<int> poll();
    void kill();
    pid_t id() const { return id_; }

private:
    explicit Process(pid_t id) : id_(id) {}
    pid_t id_;
    std::optional<int> status_;
};

}  // namespace dsm::cluster
