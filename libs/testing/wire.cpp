#include "libs/testing/wire.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <chrono>
#include <stdexcept>

namespace dsm::testing {
namespace {

using Steady = std::chrono::steady_clock;

/// Ends a hang, and nothing else.
constexpr std::chrono::seconds kLimit{60};

/// A connected socket to a loopback port, closed at the end.
class Connection {
public:
    explicit Connection(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            close(fd_);
            fd_ = -1;
        }
    }
    ~Connection() {
        if (fd_ >= 0) close(fd_);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    bool open() const { return fd_ >= 0; }

    /// A server that refuses in the middle of a large request may have closed already: what it said
    /// is still read.
    void send_all(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t count = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count <= 0) return;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
    }

    /// Appends what comes within `limit`; false at the end of the stream or when nothing came.
    bool receive(std::string& into, std::chrono::milliseconds limit) const {
        pollfd waiting{fd_, POLLIN, 0};
        if (poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(0, limit.count()))) <= 0)
            return false;
        std::array<char, 65536> buffer{};
        const ssize_t count = recv(fd_, buffer.data(), buffer.size(), 0);
        if (count <= 0) return false;
        into.append(buffer.data(), static_cast<std::size_t>(count));
        return true;
    }

private:
    int fd_;
};

std::string unchunked(std::string_view text) {
    std::string body;
    for (;;) {
        std::size_t size = 0;
        const std::size_t line = text.find("\r\n");
        if (line == std::string_view::npos) return body;
        std::from_chars(text.data(), text.data() + line, size, 16);
        if (size == 0 || line + 2 + size > text.size()) return body;
        body += text.substr(line + 2, size);
        text.remove_prefix(std::min(text.size(), line + 2 + size + 2));
    }
}

WireReply parse_reply(const std::string& text) {
    WireReply reply;
    const std::size_t head_end = text.find("\r\n\r\n");
    if (head_end == std::string::npos || text.size() < 12) return reply;
    std::from_chars(text.data() + 9, text.data() + 12, reply.status);
    std::string_view head = std::string_view(text).substr(0, head_end + 2);
    head.remove_prefix(head.find("\r\n") + 2);
    while (!head.empty()) {
        const std::size_t end = head.find("\r\n");
        const std::string_view line = head.substr(0, end);
        const std::size_t colon = line.find(':');
        if (colon != std::string_view::npos) {
            std::string_view value = line.substr(colon + 1);
            while (value.starts_with(' ')) value.remove_prefix(1);
            reply.headers.add(line.substr(0, colon), std::string(value));
        }
        head.remove_prefix(end + 2);
    }
    reply.body = text.substr(head_end + 4);
    if (reply.headers.find("Transfer-Encoding") == "chunked") reply.body = unchunked(reply.body);
    return reply;
}

}  // namespace

boost::json::value WireReply::json() const {
    boost::system::error_code failure;
    boost::json::value value = boost::json::parse(body, failure);
    if (failure)
        throw std::runtime_error("status " + std::to_string(status) + ", no JSON: " + body);
    return value;
}

WireReply WireClient::post(std::string_view target, const boost::json::value& body) const {
    return send("POST", target, boost::json::serialize(body));
}

WireReply WireClient::put(std::string_view target, const boost::json::value& body) const {
    return send("PUT", target, boost::json::serialize(body));
}

WireReply WireClient::send(std::string_view method, std::string_view target, std::string_view body,
                           const http::Headers& headers) const {
    std::string request = fmt::format("{} {} HTTP/1.1\r\nConnection: close\r\n", method, target);
    if (!headers.find("Host")) request += fmt::format("Host: 127.0.0.1:{}\r\n", port_);
    if (!body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
        request += fmt::format("Content-Length: {}\r\n", body.size());
    }
    if (!body.empty() && !headers.find("Content-Type"))
        request += "Content-Type: application/json\r\n";
    for (const auto& [name, value] : headers.all())
        request += fmt::format("{}: {}\r\n", name, value);
    request += "\r\n";
    request += body;

    const Connection connection(port_);
    if (!connection.open()) return {};
    connection.send_all(request);
    std::string text;
    const auto deadline = Steady::now() + kLimit;
    while (connection.receive(
        text, std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Steady::now()))) {
    }
    return parse_reply(text);
}

std::string WireClient::raw(std::string_view bytes) const {
    const Connection connection(port_);
    if (!connection.open()) return {};
    connection.send_all(bytes);
    std::string text;
    while (connection.receive(text, kLimit)) {
    }
    return text;
}

}  // namespace dsm::testing
