// Plain sockets: binding without listening is not what a server library offers.
#include "dsm/compose/ports.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace dsm::compose {

namespace {

/// The socket, or -1 with errno.
int bind_socket(const std::string& address, std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(port);
    ::inet_pton(AF_INET, address.c_str(), &name.sin_addr);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) {
        const int reason = errno;
        ::close(fd);
        errno = reason;
        return -1;
    }
    return fd;
}

std::uint16_t port_of(int fd) {
    sockaddr_in name{};
    socklen_t size = sizeof name;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size);
    return ntohs(name.sin_port);
}

}  // namespace

Result<Ports> Ports::take(const std::string& address, int base,
                          const std::vector<std::string>& names) {
    Ports ports;
    std::string taken;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto wanted = static_cast<std::uint16_t>(base == 0 ? 0 : base + static_cast<int>(i));
        const int fd = bind_socket(address, wanted);
        if (fd < 0 && errno != EADDRINUSE) {
            return fail(ErrorCode::kUnavailable, fmt::format("cannot use port {} of {}: {}", wanted,
                                                             address, std::strerror(errno)));
        }
        if (fd < 0) {
            taken +=
                fmt::format("{}{}:{} ({})", taken.empty() ? "" : ", ", address, wanted, names[i]);
            continue;
        }
        ports.sockets_.push_back(fd);
        ports.ports_.push_back(port_of(fd));
    }
    if (!taken.empty()) {
        return fail(ErrorCode::kUnavailable,
                    fmt::format("in use already: {}. {}", taken, kPortAdvice));
    }
    return ports;
}

Ports::~Ports() {
    release();
}

void Ports::release() {
    for (const int fd : sockets_) ::close(fd);
    sockets_.clear();
}

}  // namespace dsm::compose
