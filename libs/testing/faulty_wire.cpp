// One thread that polls every socket; a chunk is what one read gives.
#include "libs/testing/faulty_wire.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <vector>

#include "libs/testing/process.hpp"

namespace dsm::testing {
namespace {

/// How soon a flag is noticed.
constexpr int kTickMs = 5;

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// Empty when the other end has closed.
std::string read_chunk(int socket) {
    std::array<char, 65'536> block{};
    const auto size = ::recv(socket, block.data(), block.size(), 0);
    return size > 0 ? std::string(block.data(), static_cast<std::size_t>(size)) : std::string();
}

void write_all(int socket, const std::string& bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
        const auto sent = ::send(socket, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
        if (sent <= 0) return;
        at += static_cast<std::size_t>(sent);
    }
}

}  // namespace

struct FaultyWire::Connection {
    Connection(int client_end, int server_end) : client(client_end), server(server_end) {}
    ~Connection() {
        hang_up();
        ::close(server);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void hang_up() {
        if (client >= 0) ::close(client);
        client = -1;
    }

    int client;
    int server;
    bool loses_next_answer = false;
    bool freezes = false;  ///< the wire, with that answer
    bool over = false;
};

FaultyWire::FaultyWire(std::uint16_t server_port)
    : server_port_(server_port), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    auto address = loopback(0);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, generic, &size) != 0) {
        throw std::runtime_error("no port for a faulty wire");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
}

FaultyWire::~FaultyWire() {
    stopping_ = true;
    thread_.join();
    ::close(listener_);
}

void FaultyWire::arm(Fault fault, std::string text) {
    std::lock_guard lock(mutex_);
    fault_ = fault;
    text_ = std::move(text);
    happened_ = false;
}

void FaultyWire::cut_all() {
    cutting_ = true;
    eventually([this] { return !cutting_; });
}

void FaultyWire::rewrite(std::string from, std::string to) {
    std::lock_guard lock(mutex_);
    from_ = std::move(from);
    to_ = std::move(to);
}

void FaultyWire::run() {
    while (!stopping_) {
        if (cutting_) {
            connections_.clear();
            cutting_ = false;
        }
        std::vector<pollfd> waiting{{listener_, POLLIN, 0}};
        for (const auto& one : connections_) {
            waiting.push_back({one.client, POLLIN, 0});
            waiting.push_back({one.server, POLLIN, 0});
        }
        if (frozen_) waiting.clear();
        if (::poll(waiting.data(), waiting.size(), kTickMs) <= 0) continue;
        auto at = waiting.begin() + 1;
        for (auto& one : connections_) {
            if ((at++)->revents != 0) forward_up(one);
            if ((at++)->revents != 0 && !one.over) forward_down(one);
        }
        connections_.remove_if([](const Connection& one) { return one.over; });
        if (waiting.front().revents == 0) continue;
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const auto address = loopback(server_port_);
        auto& made = connections_.emplace_back(client, server);
        made.over =
            ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0;
        connections_.remove_if([](const Connection& one) { return one.over; });
    }
    connections_.clear();
}

FaultyWire::Fault FaultyWire::befalls(const std::string& chunk) {
    std::lock_guard lock(mutex_);
    if (fault_ == Fault::kNone || chunk.find(text_) == std::string::npos) return Fault::kNone;
    happened_ = fault_ == Fault::kCutBefore || fault_ == Fault::kKeptFromServer;
    return std::exchange(fault_, Fault::kNone);
}

void FaultyWire::forward_up(Connection& connection) {
    const auto chunk = read_chunk(connection.client);
    const auto fault = befalls(chunk);
    if (chunk.empty() || fault == Fault::kCutBefore) {
        connection.over = true;
    } else if (fault == Fault::kKeptFromServer) {
        connection.hang_up();
    } else {
        connection.freezes = fault == Fault::kAnswerLostThenFrozen;
        connection.loses_next_answer = fault == Fault::kAnswerLost || connection.freezes;
        write_all(connection.server, chunk);
    }
}

void FaultyWire::forward_down(Connection& connection) {
    auto chunk = read_chunk(connection.server);
    if (connection.loses_next_answer) happened_ = true;
    if (connection.freezes) frozen_ = true;
    if (chunk.empty() || connection.loses_next_answer) {
        connection.over = true;
        return;
    }
    std::lock_guard lock(mutex_);
    if (const auto at = from_.empty() ? std::string::npos : chunk.find(from_);
        at != std::string::npos) {
        chunk.replace(at, from_.size(), to_);
    }
    write_all(connection.client, chunk);
}

}  // namespace dsm::testing
