// The ports of `dsm up`, taken before anything starts, so that a taken one is said at once and
// every service knows the others' addresses.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libs/base/result.hpp"

namespace dsm::compose {

/// What to do about a port that is in use.
inline constexpr const char* kPortAdvice =
    "Stop what uses it, or choose other ports with --port-base N (0 takes free ones)";

/// Holds each port with a socket that is bound and does not listen: servers of this process, which
/// set SO_REUSEADDR as we do, can still bind it, while the kernel gives it to nobody else.
class Ports {
public:
    /// One port a name, from `base` upwards; 0: free ones. kUnavailable names every one in use and
    /// says what to do.
    static Result<Ports> take(const std::string& address, int base,
                              const std::vector<std::string>& names);
    ~Ports();
    Ports(Ports&& other) noexcept = default;
    Ports& operator=(Ports&&) = delete;

    std::uint16_t operator[](std::size_t index) const { return ports_[index]; }

    /// Lets go of the sockets, once the servers listen.
    void release();

private:
    Ports() = default;

    std::vector<int> sockets_;
    std::vector<std::uint16_t> ports_;
};

}  // namespace dsm::compose
