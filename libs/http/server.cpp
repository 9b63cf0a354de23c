// Accepts connections up to the cap and ends them all on stop.
#include "libs/http/server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>

#include "libs/http/net/session.hpp"
#include "libs/http/net/tls.hpp"
#include "libs/rt/task_scope.hpp"
#include "libs/telemetry/log.hpp"

namespace dsm::http {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::size_t kTurnedAwayLimit = 64;  ///< told so at the same time; more are just closed
constexpr std::chrono::milliseconds kAcceptPause{50};  ///< when there are no descriptors left

}  // namespace

class Server::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(asio::any_io_executor executor, ServerSettings settings, Handler handler,
         const rt::Clock& clock, rt::Random& random, telemetry::Metrics& metrics)
        : context_{.settings = std::move(settings),
                   .handler = std::move(handler),
                   .clock = clock,
                   .random = random,
                   .metrics = metrics},
          acceptor_(executor),
          scope_(executor) {
        context_.callers = {context_.settings.service, context_.settings.allowed_hosts};
    }

    Result<std::uint16_t> start() {
        if (context_.settings.tls) {
            auto tls = make_server_context(*context_.settings.tls);
            if (!tls) return std::unexpected(tls.error());
            context_.tls = std::move(*tls);
        }
        const auto failed = listen();
        if (failed) {
            return fail(ErrorCode::kUnavailable,
                        fmt::format("{}:{} {}", context_.settings.address, context_.settings.port,
                                    failed == asio::error::address_in_use ? "is in use"
                                                                          : failed.message()));
        }
        scope_.spawn("http accept", [self = shared_from_this()] { return self->accept_all(); });
        return acceptor_.local_endpoint().port();
    }

    asio::awaitable<void> stop(std::chrono::milliseconds limit) {
        const auto self = shared_from_this();
        context_.stopping = true;
        error_code ignored;
        acceptor_.close(ignored);
        for (Session* session : std::vector(sessions_.begin(), sessions_.end())) session->stop();
        const bool ended = co_await scope_.join(limit);
        if (!ended) {
            for (Session* session : sessions_) session->close();
            scope_.cancel();
            co_await scope_.join(std::chrono::milliseconds(500));
        }
    }

private:
    error_code listen() {
        error_code error;
        const auto address = asio::ip::make_address(context_.settings.address, error);
        if (error) return error;
        const tcp::endpoint endpoint(address, context_.settings.port);
        acceptor_.open(endpoint.protocol(), error);
        if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
        if (!error) acceptor_.bind(endpoint, error);
        if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
        return error;
    }

    asio::awaitable<void> accept_all() {
        while (!context_.stopping) {
            auto [error, socket] =
                co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
            if (context_.stopping) co_return;
            if (error) {
                telemetry::log(telemetry::Level::kWarning, context_.settings.service,
                               "accept_failed", {{"why", error.message()}});
                co_await rt::sleep_for(kAcceptPause);
                continue;
            }
            admit(std::move(socket));
        }
    }

    void admit(tcp::socket socket) {
        const bool over = sessions_.size() - turned_away_ >= context_.settings.connection_limit;
        if (over && (turned_away_ >= kTurnedAwayLimit || context_.tls)) return;
        if (over) ++turned_away_;
        scope_.spawn("http connection",
                     [self = shared_from_this(), over,
                      shared = std::make_shared<tcp::socket>(std::move(socket))] {
                         return self->serve(std::move(*shared), over);
                     });
    }

    asio::awaitable<void> serve(tcp::socket socket, bool turn_away) {
        const auto self = shared_from_this();
        Session session(context_, std::move(socket));
        const Registration registration(*this, session, turn_away);
        if (turn_away) {
            co_await session.turn_away();
        } else {
            co_await session.run();
        }
    }

    /// A session's place in the server's list, also when it ends by an exception.
    class Registration {
    public:
        Registration(Impl& server, Session& session, bool turned_away)
            : server_(server), session_(session), turned_away_(turned_away) {
            server_.sessions_.insert(&session_);
        }
        ~Registration() {
            server_.sessions_.erase(&session_);
            if (turned_away_) --server_.turned_away_;
        }
        Registration(const Registration&) = delete;
        Registration& operator=(const Registration&) = delete;

    private:
        Impl& server_;
        Session& session_;
        bool turned_away_;
    };

    SessionContext context_;
    tcp::acceptor acceptor_;
    rt::TaskScope scope_;
    std::set<Session*> sessions_;
    std::size_t turned_away_ = 0;
};

Server::Server(asio::any_io_executor executor, ServerSettings settings, Handler handler,
               const rt::Clock& clock, rt::Random& random, telemetry::Metrics& metrics)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(settings), std::move(handler),
                                   clock, random, metrics)) {}

Server::~Server() = default;

Result<std::uint16_t> Server::start() {
    return impl_->start();
}

asio::awaitable<void> Server::stop(std::chrono::milliseconds limit) {
    return impl_->stop(limit);
}

}  // namespace dsm::http
