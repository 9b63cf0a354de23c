// endpoints.json and streams.json of a data directory: how client commands find a running DSM.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libs/base/result.hpp"

namespace dsm::client {

/// endpoints.json: exactly these keys. Written whole once everything answers, removed at a clean
/// stop, so that it stands for a system that is up (or was killed).
struct Endpoints {
    std::string orchestrator;
    std::string project;
    std::string backlog;
    std::string sprint;
    std::string chronicle;
    std::string kubernetes;
    std::string kubeconfig;
    std::int64_t pid = 0;

    bool operator==(const Endpoints&) const = default;
};

std::string to_text(const Endpoints& endpoints);

std::string endpoints_path(const std::string& data);
std::string streams_path(const std::string& data);

/// kUnavailable with what to do when nothing runs there: no file, or one left by a process that is
/// gone (one that only waits for its parent to take notice is gone too). kInvalid for a file that
/// is none.
Result<Endpoints> find_running(const std::string& data);

/// streams.json: where the streams of this installation are kept, for `dsm events`. Holds no
/// password.
struct StreamPlace {
    std::string sqlite_file;  ///< empty: Redis
    std::string redis_host;
    std::uint16_t redis_port = 0;
    int redis_db = 0;
    std::vector<std::string> streams;

    bool operator==(const StreamPlace&) const = default;
};

std::string to_text(const StreamPlace& place);
Result<StreamPlace> read_stream_place(const std::string& data);

}  // namespace dsm::client
