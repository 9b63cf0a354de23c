// The loop of a connection: read, ask the handler, write.
#include "libs/http/net/session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "libs/failpoint/failpoint.hpp"
#include "libs/http/errors.hpp"
#include "libs/http/net/chunk_writer.hpp"
#include "libs/http/net/reply_head.hpp"
#include "libs/http/net/request_trace.hpp"
#include "libs/rt/parallel.hpp"
#include "libs/telemetry/log.hpp"

namespace dsm::http {
namespace asio = boost::asio;
namespace {

constexpr std::chrono::milliseconds kFarewell{1'000};  ///< for the peer to read our last answer

const failpoint::Point kAccepted("http.server.accepted");
const failpoint::Point kBeforeReply("http.server.reply.before");
const failpoint::Point kHalfReply("http.server.reply.half");

/// "POST /orchestrate": the method and the first segment of the path.
std::string failpoint_subject(const Request& request) {
    return request.method + " " +
           request.target.substr(
               0, request.target.find_first_of("/?", request.target.empty() ? 0 : 1));
}

/// Methods for the metrics; anything a client may invent is one value.
std::string_view bounded_method(std::string_view method) {
    for (const std::string_view known : {"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"}) {
        if (method == known) return known;
    }
    return "other";
}

/// What tells how the service is must answer most of all when it is overloaded.
bool is_about_the_service(const std::vector<std::string>& segments) {
    return !segments.empty() && (segments.front() == "health" || segments.front() == "metrics");
}

Response too_busy() {
    Response busy = error(503, "Too many requests in progress");
    busy.headers.set("Retry-After", "1");
    busy.route = "shed";
    return busy;
}

Response refusal(int status) {
    Response response = error(status, reason_phrase(status));
    response.route = "refused";
    return response;
}

/// A request's place among those being handled, given back however it ends.
class InService {
public:
    explicit InService(std::size_t& count) : count_(count) { ++count_; }
    ~InService() { --count_; }
    InService(const InService&) = delete;
    InService& operator=(const InService&) = delete;

private:
    std::size_t& count_;
};

std::string what(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
        return e.what();
    } catch (...) {
        return "an unknown exception";
    }
}

}  // namespace

Session::Session(SessionContext& context, asio::ip::tcp::socket socket)
    : context_(context),
      transport_(std::move(socket)),
      reader_(transport_, context.settings, context.clock) {}

asio::awaitable<void> Session::run() {
    if (context_.tls) {
        transport_.deadline().set(context_.clock.steady() + context_.settings.head_timeout);
        const auto error = co_await transport_.accept_tls(*context_.tls);
        if (error) co_return;
    }
    bool open = true;
    while (open && !context_.stopping) open = co_await serve_one();
    transport_.close();
}

asio::awaitable<void> Session::turn_away() {
    co_await refuse(503, nullptr);
    transport_.close();
}

void Session::stop() {
    if (streaming_) {
        hangup_.emit(asio::cancellation_type::terminal);
    } else if (!answering_) {
        transport_.cancel();
    }
}

/// True when the connection stays open for another request.
asio::awaitable<bool> Session::serve_one() {
    answering_ = false;
    const auto head = co_await reader_.read_head();
    if (!head) {
        if (head.error().status == 0) co_return false;
        co_return co_await refuse(head.error().status, nullptr);
    }
    const rt::Steady begun = context_.clock.steady();
    const auto framing = framing_of_request(*head);
    if (!framing) co_return co_await refuse(framing.error().status, &*head);
    auto target = read_target(*head);
    if (!target) co_return co_await refuse(target.error().status, &*head);
    const bool checked = context_.settings.check_origin && !is_safe_method(head->method);
    if (checked &&
        !is_trusted_caller(context_.callers, target->host, head->headers, transport_.is_tls())) {
        co_return co_await refuse(403, &*head);
    }
    // A body that has not come yet is not waited for in vain.
    const bool awaits_body =
        framing->kind == Framing::Kind::kChunked || framing->length > reader_.buffered();
    if (awaits_body && sheds(target->segments)) co_return co_await refuse(too_busy(), &*head);
    auto body = co_await reader_.read_body(*head, *framing);
    if (!body) {
        if (body.error().status == 0) co_return false;
        co_return co_await refuse(body.error().status, &*head);
    }
    transport_.deadline().clear();
    answering_ = true;

    Request request = make_request(*head, std::move(*target), std::move(*body));
    const telemetry::TraceContext trace = request.trace;
    if (kAccepted.hit(failpoint::kCompiledIn ? failpoint_subject(request) : "") !=
        failpoint::Effect::kNone) {
        co_return false;
    }
    Response response = co_await admitted(std::move(request));
    record(head->method, response, begun);
    co_return co_await reply(*head, trace, std::move(response));
}

asio::awaitable<bool> Session::refuse(int status, const RequestHead* head) {
    return refuse(refusal(status), head);
}

/// Always false: after a refusal the connection closes.
asio::awaitable<bool> Session::refuse(Response response, const RequestHead* head) {
    answering_ = true;
    record(head ? head->method : "", response, context_.clock.steady());
    const auto trace = trace_of(head ? &head->headers : nullptr, context_.random);
    const auto form = form_of_refusal(head, response);
    const std::string text = head_text(response, trace, form, context_.clock.wall());
    transport_.deadline().set(context_.clock.steady() + context_.settings.write_timeout);
    const Transferred sent =
        co_await transport_.write(text, form.without_body ? std::string_view() : response.body);
    if (!sent.error) co_await leave();
    co_return false;
}

bool Session::sheds(const std::vector<std::string>& segments) const {
    const std::size_t limit = context_.settings.request_limit;
    return limit != 0 && context_.in_service >= limit && !is_about_the_service(segments);
}

/// Turns away what is over the limit before anything of it is begun; the connection stays.
asio::awaitable<Response> Session::admitted(Request request) {
    if (sheds(request.segments)) co_return too_busy();
    if (is_about_the_service(request.segments)) co_return co_await handled(std::move(request));
    const InService counted(context_.in_service);
    co_return co_await handled(std::move(request));
}

asio::awaitable<Response> Session::handled(Request request) {
    std::exception_ptr thrown;
    const telemetry::TraceContext trace = request.trace;
    const std::string target = request.method + " " + request.target;
    try {
        co_return co_await context_.handler(std::move(request));
    } catch (...) {
        thrown = std::current_exception();
    }
    if (context_.stopping) co_return error(503, reason_phrase(503));
    telemetry::log(telemetry::Level::kError, context_.settings.service, "handler_failed",
                   {{"request", target},
                    {"why", what(thrown)},
                    {"correlation_id", trace.correlation_id},
                    {"traceparent", trace.traceparent}});
    co_return error(500, reason_phrase(500));
}

asio::awaitable<bool> Session::reply(const RequestHead& head, const telemetry::TraceContext& trace,
                                     Response response) {
    const auto form = form_of_reply(head, response, context_.stopping);
    std::string text = head_text(response, trace, form, context_.clock.wall());

    transport_.deadline().set(context_.clock.steady() + context_.settings.write_timeout);
    if (form.streamed && !form.without_body) {
        co_return co_await reply_streamed(std::move(text), head.minor_version == 1,
                                          std::move(response));
    }
    if (kBeforeReply.hit(response.route) == failpoint::Effect::kError) co_return false;
    const bool half = kHalfReply.armed(response.route);
    if (half) co_await transport_.write(std::string_view(text).substr(0, text.size() / 2));
    kHalfReply.hit(response.route);
    if (half) co_return false;
    const Transferred sent =
        co_await transport_.write(text, form.without_body ? std::string_view() : response.body);
    if (sent.error) co_return false;
    if (!form.keep) co_await leave();
    co_return form.keep;
}

/// Always false: a stream ends its connection, so that nothing read meanwhile can be misplaced.
asio::awaitable<bool> Session::reply_streamed(std::string head_text, bool chunked,
                                              Response response) {
    const Transferred sent = co_await transport_.write(head_text);
    if (sent.error) co_return false;
    transport_.deadline().clear();
    const auto executor = co_await asio::this_coro::executor;
    ChunkWriter writer(transport_, context_.clock, context_.settings.write_timeout,
                       chunked ? ChunkWriter::Coding::kChunked : ChunkWriter::Coding::kPlain);
    std::exception_ptr thrown;
    streaming_ = true;
    std::vector<std::function<asio::awaitable<void>()>> tasks{
        [&]() -> asio::awaitable<void> {
            // Ended by the hangup signal alone, which the other task gives when it is cancelled.
            std::tie(thrown) = co_await asio::co_spawn(
                executor, response.stream(writer),
                asio::bind_cancellation_slot(hangup_.slot(), asio::as_tuple(asio::use_awaitable)));
            streaming_ = false;
            transport_.cancel();
        },
        [&]() -> asio::awaitable<void> { co_await watch_for_hangup(); }};
    if (context_.stopping) co_return false;
    co_await rt::when_all(std::move(tasks));
    if (hung_up_) co_return false;
    if (thrown && !context_.stopping && writer.open()) {
        telemetry::log(telemetry::Level::kError, context_.settings.service, "stream_failed",
                       {{"why", what(thrown)}});
        co_return false;
    }
    const bool ended = co_await writer.end();
    if (ended) co_await leave();
    co_return false;
}

asio::awaitable<void> Session::watch_for_hangup() {
    bool here = true;
    while (streaming_ && here && reader_.buffered() < context_.settings.header_limit) {
        here = co_await reader_.read_ahead();
    }
    if (!streaming_ || here) co_return;
    hung_up_ = true;
    hangup_.emit(asio::cancellation_type::terminal);
}

asio::awaitable<void> Session::leave() {
    transport_.deadline().set(context_.clock.steady() + kFarewell);
    co_await transport_.finish();
}

Request Session::make_request(const RequestHead& head, Target target, std::string body) {
    Request request;
    request.method = head.method == "HEAD" ? "GET" : head.method;
    request.target = head.target;
    request.segments = std::move(target.segments);
    request.query = std::move(target.query);
    request.headers = head.headers;
    request.body = std::move(body);
    request.trace = trace_of(&head.headers, context_.random);
    request.deadline = rt::Deadline::after(context_.clock, context_.settings.handler_timeout);
    request.tls = transport_.is_tls();
    return request;
}

void Session::record(std::string_view method, const Response& response, rt::Steady begun) {
    const std::string route = response.route.empty() ? "none" : response.route;
    const std::string known(bounded_method(method));
    context_.metrics.count(
        "dsm_http_requests_total",
        {{"method", known}, {"route", route}, {"status", std::to_string(response.status)}});
    const std::chrono::duration<double> took = context_.clock.steady() - begun;
    context_.metrics.observe_seconds("dsm_http_request_seconds", took.count(),
                                     {{"method", known}, {"route", route}});
}

}  // namespace dsm::http
