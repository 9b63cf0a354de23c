// redis-server without persistence, configuration file or daemon.
#include "libs/testing/redis_server.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <stdexcept>

#include "libs/testing/free_port.hpp"

namespace dsm::testing {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {
constexpr int kStarts = 5;
}

RedisServer::RedisServer(std::string password) : password_(std::move(password)) {
    if (run_process({"redis-server", "--version"}).exit_code != 0) {
        throw std::runtime_error(
            "redis-server is not installed: run scripts/install-packages, or "
            "apt-get install redis-server");
    }
    // Somebody else may take the port between the choice and the start: then another one.
    for (int tries = 0; tries < kStarts; ++tries) {
        port_ = free_port();
        launch({});
        if (comes_up()) return;
    }
    throw std::runtime_error("redis-server does not start: " + process_->out());
}

RedisServer::~RedisServer() = default;

void RedisServer::start() {
    for (int tries = 0; tries < kStarts; ++tries) {
        launch({});
        if (comes_up()) return;
    }
    throw std::runtime_error("redis-server does not start again: " + process_->out());
}

/// False once it has ended, as one does whose port is taken.
bool RedisServer::comes_up() {
    bool ended = false;
    const bool answered = eventually([&] {
        ended = process_->wait(0ms).has_value();
        return ended || answers();
    });
    return answered && !ended;
}

void RedisServer::launch(const Arguments& more) {
    Arguments arguments{"redis-server", "--port", std::to_string(port_), "--bind", "127.0.0.1",
                        "--save",       "",       "--appendonly",        "no",     "--dir",
                        folder_.path()};
    if (!password_.empty()) arguments.insert(arguments.end(), {"--requirepass", password_});
    arguments.insert(arguments.end(), more.begin(), more.end());
    process_ = std::make_unique<BackgroundProcess>(arguments, ProcessEnvironment{}, folder_.path());
}

void RedisServer::restart_slowly(std::chrono::milliseconds lasts) {
    constexpr int kKeys = 100;
    command("EVAL \"for i = 1, 100 do redis.call('SET', 'filler' .. i, ('x'):rep(2000)) end\" 0");
    command("CONFIG SET rdbcompression no");
    command("SAVE");
    kill();
    const auto delay = std::chrono::microseconds(lasts) / kKeys;
    launch({"--key-load-delay", std::to_string(delay.count()),
            "--loading-process-events-interval-bytes", "1024"});
    const auto loads = [this] {
        try {
            return command("PING").starts_with("-LOADING");
        } catch (const std::runtime_error&) {
            return false;  // it does not listen yet
        }
    };
    if (eventually(loads)) return;
    throw std::runtime_error("redis-server does not say that it loads: " + process_->out());
}

void RedisServer::kill() {
    process_->signal(SIGKILL);
    process_->wait(60s);
    process_.reset();
}

void RedisServer::pause() const {
    process_->signal(SIGSTOP);
}
void RedisServer::resume() const {
    process_->signal(SIGCONT);
}

stream::RedisSettings RedisServer::settings() const {
    return {.port = port_, .password = password_};
}

std::string RedisServer::command(const std::string& line) const {
    boost::system::error_code error;
    asio::io_context loop;
    asio::ip::tcp::socket socket(loop);
    socket.connect({asio::ip::address_v4::loopback(), port_}, error);
    const auto ask = [&](const std::string& text) {
        asio::write(socket, asio::buffer(text + "\r\n"), error);
        std::string answer;
        asio::read_until(socket, asio::dynamic_buffer(answer), "\r\n", error);
        return answer.substr(0, answer.find('\r'));
    };
    if (!error && !password_.empty()) ask("AUTH " + password_);
    const std::string answer = error ? std::string() : ask(line);
    if (error) throw std::runtime_error("redis-server: " + error.message());
    return answer;
}

bool RedisServer::answers() const {
    boost::system::error_code error;
    asio::io_context loop;
    asio::ip::tcp::socket socket(loop);
    socket.connect({asio::ip::address_v4::loopback(), port_}, error);
    if (error) return false;
    asio::write(socket, asio::buffer(std::string("PING\r\n")), error);
    // "+PONG", or "-NOAUTH" where a password is asked for: both are an answer.
    char first = 0;
    asio::read(socket, asio::buffer(&first, 1), error);
    return !error && (first == '+' || first == '-');
}

}  // namespace dsm::testing
