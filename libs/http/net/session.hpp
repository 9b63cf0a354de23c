// One connection of a server: reads requests in order, answers in order, until it closes.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "libs/http/message.hpp"
#include "libs/http/net/request_reader.hpp"
#include "libs/http/net/transport.hpp"
#include "libs/http/server.hpp"
#include "libs/http/wire/caller.hpp"

namespace dsm::http {

/// What every session of a server shares; outlives them.
struct SessionContext {
    ServerSettings settings;
    Handler handler;
    const rt::Clock& clock;
    rt::Random& random;
    telemetry::Metrics& metrics;
    std::shared_ptr<boost::asio::ssl::context> tls;  ///< null: plain
    CallerRule callers;
    bool stopping = false;
    std::size_t in_service = 0;  ///< requests being handled, on all connections
};

/// Pipelined requests wait in the socket while one is answered, so what they hold is bounded.
class Session {
public:
    Session(SessionContext& context, boost::asio::ip::tcp::socket socket);

    /// Runs until the connection is closed, by either side or by `stop`.
    boost::asio::awaitable<void> run();

    /// Answers 503 and closes: for connections over the cap.
    boost::asio::awaitable<void> turn_away();

    /// Ends a stream, lets an answer in progress go out, and closes at once otherwise: a request
    /// that has not come whole was not begun.
    void stop();
    void close() { transport_.close(); }

private:
    boost::asio::awaitable<bool> serve_one();
    boost::asio::awaitable<bool> refuse(int status, const RequestHead* head);
    boost::asio::awaitable<bool> refuse(Response response, const RequestHead* head);
    bool sheds(const std::vector<std::string>& segments) const;
    boost::asio::awaitable<Response> admitted(Request request);
    boost::asio::awaitable<Response> handled(Request request);
    boost::asio::awaitable<bool> reply(const RequestHead& head,
                                       const telemetry::TraceContext& trace, Response response);
    boost::asio::awaitable<bool> reply_streamed(std::string head_text, bool chunked,
                                                Response response);
    boost::asio::awaitable<void> watch_for_hangup();
    boost::asio::awaitable<void> leave();

    Request make_request(const RequestHead& head, Target target, std::string body);
    void record(std::string_view method, const Response& response, rt::Steady begun);

    SessionContext& context_;
    Transport transport_;
    RequestReader reader_;
    boost::asio::cancellation_signal hangup_;  ///< ends the stream in progress
    bool answering_ = false;  ///< a request has come whole and its answer has not gone out
    bool streaming_ = false;
    bool hung_up_ = false;  ///< the peer left while an answer was streamed
};

}  // namespace dsm::http
