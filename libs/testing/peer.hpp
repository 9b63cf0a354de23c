// The other end of a connection, for tests: blocking, and able to leave half-way.
#pragma once

#include <poll.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <string_view>

namespace dsm::testing {

/// A blocking connection that a test can leave half-way.
class Peer {
public:
    explicit Peer(std::uint16_t port) : socket_(io_) {
        socket_.connect({boost::asio::ip::address_v4::loopback(), port});
    }
    void send(std::string_view bytes) {
        boost::asio::write(socket_, boost::asio::buffer(bytes.data(), bytes.size()));
    }
    /// What comes until `end` was seen, the other end closed, or 30 s passed without a word.
    std::string read_until(std::string_view end) {
        std::string text;
        while (text.find(end) == std::string::npos) {
            pollfd waiting{socket_.native_handle(), POLLIN, 0};
            if (poll(&waiting, 1, 30'000) <= 0) break;
            std::array<char, 4096> block{};
            boost::system::error_code error;
            const std::size_t size = socket_.read_some(boost::asio::buffer(block), error);
            if (error) break;
            text.append(block.data(), size);
        }
        return text;
    }
    void leave() { socket_.close(); }

private:
    boost::asio::io_context io_;
    boost::asio::ip::tcp::socket socket_;
};

}  // namespace dsm::testing
