// Faults to inject into the REST face, so that the cluster of the tests can be as bad as a real
// one.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsm::cluster {

/// What befalls the next matching requests. Only one fault befalls one request: the oldest.
struct Fault {
    std::string method;                  ///< "POST"; empty: any
    std::string path_contains;           ///< of path and query; empty: any
    int times = 1;                       ///< requests it befalls; -1: all until `clear`
    std::chrono::milliseconds delay{0};  ///< before the request is looked at
    int status = 0;                      ///< answered instead of doing it; 0: it is done
    std::string reason;                  ///< of that Status; empty: the usual one
    std::optional<int> retry_after;      ///< seconds; sets the header
    bool drop_reply = false;  ///< do it (or `status`), then break the connection without an answer
};

/// Safe from any thread.
class Faults {
public:
    void add(Fault fault);
    void clear();
    /// The fault that befalls this request, counted down.
    std::optional<Fault> take(std::string_view method, std::string_view target);
    /// Requests seen since the start, in order: "GET /version". At most the last 10'000.
    std::vector<std::string> seen() const;

private:
    mutable std::mutex mutex_;
    std::vector<Fault> faults_;
    std::vector<std::string> seen_;
};

}  // namespace dsm::cluster
