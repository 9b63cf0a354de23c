// A server that answers by script, for tests of how a client takes answers that are wrong.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <thread>
#include <vector>

namespace dsm::testing {

/// What it does on one connection: read a head, then send this, then close or go on.
struct Scene {
    std::string answer;         ///< empty: closes without an answer
    bool then_close = true;     ///< else the next scene is played on the same connection
    bool leave_unread = false;  ///< closes without reading the request
    std::string without_end;    ///< sent after the answer again and again until the client is gone
};

/// Plays its scenes in order, one connection at a time, and counts the requests it read.
class ScriptedServer {
public:
    explicit ScriptedServer(std::vector<Scene> scenes)
        : acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}),
          scenes_(std::move(scenes)),
          thread_([this] { play(); }) {}
    ~ScriptedServer() {
        stopping_ = true;
        boost::asio::ip::tcp::socket wake(io_);
        boost::system::error_code ignored;
        wake.connect(acceptor_.local_endpoint(), ignored);
        thread_.join();
    }
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    std::string url() const {
        return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/x";
    }
    int requests() const { return requests_; }
    /// Connections that are over: whoever holds one can see it.
    int closed() const { return closed_; }

private:
    void play() {
        std::size_t next = 0;
        while (next < scenes_.size() && !stopping_) {
            boost::asio::ip::tcp::socket socket(io_);
            boost::system::error_code error;
            acceptor_.accept(socket, error);
            bool open = !error && !stopping_;
            while (open && next < scenes_.size()) open = play_one(socket, scenes_[next++]);
            socket.close(error);
            ++closed_;
        }
    }

    bool play_one(boost::asio::ip::tcp::socket& socket, const Scene& scene) {
        if (scene.leave_unread) return false;
        std::string request;
        while (request.find("\r\n\r\n") == std::string::npos) {
            std::array<char, 4096> block{};
            boost::system::error_code error;
            const std::size_t size = socket.read_some(boost::asio::buffer(block), error);
            if (error) return false;
            request.append(block.data(), size);
        }
        ++requests_;
        boost::system::error_code ignored;
        boost::asio::write(socket, boost::asio::buffer(scene.answer), ignored);
        while (!scene.without_end.empty() && !ignored) {
            boost::asio::write(socket, boost::asio::buffer(scene.without_end), ignored);
        }
        return !scene.then_close;
    }

    boost::asio::io_context io_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::vector<Scene> scenes_;
    std::atomic<int> requests_ = 0;
    std::atomic<int> closed_ = 0;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

}  // namespace dsm::testing
