// A parked message waits again under the id it has; its receiver drops it by event id if it knows
// it.
#include "libs/outbox/parked_routes.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <charconv>

#include "libs/http/body.hpp"
#include "libs/http/errors.hpp"
#include "libs/outbox/outbox_store.hpp"

namespace dsm::outbox {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr std::int64_t kDefaultLimit = 100;

json::object shown(const Row& row) {
    const Message& message = row.message;
    return {{"id", row.id},
            {"destination", message.destination},
            {"order_key", message.order_key},
            {"event_id", message.event_id},
            {"event_type", message.event_type},
            {"attempts", row.attempts},
            {"why", row.why},
            {"payload", message.payload}};
}

http::Response not_started() {
    return http::error(503, "The service has not started yet.");
}

asio::awaitable<http::Response> list(http::Request request, sql::Database* database) {
    if (database == nullptr) co_return not_started();
    std::vector<http::FieldError> errors;
    http::QueryReader query(request.query, errors);
    const auto limit = query.limit().value_or(kDefaultLimit);
    const auto after = query.integer("after", http::Presence::kOptional, {0, INT64_MAX});
    if (!errors.empty()) co_return http::validation_error(errors);
    auto rows = co_await database->read([&](soci::session& session) {
        return Result<std::vector<Row>>(
            parked_rows(session, after.value_or(0), static_cast<std::size_t>(limit)));
    });
    if (!rows) co_return http::error(rows.error());
    json::array parked;
    for (const auto& row : *rows) parked.push_back(shown(row));
    co_return http::Response::json(200, json::object{{"parked", std::move(parked)}});
}

asio::awaitable<http::Response> retry(sql::Database* database, std::optional<std::int64_t> row,
                                      std::function<void()> wake) {
    if (database == nullptr) co_return not_started();
    auto waiting = co_await database->write(
        [&](soci::session& session) { return Result<std::size_t>(retry_parked(session, row)); });
    if (!waiting) co_return http::error(waiting.error());
    if (row && *waiting == 0) {
        co_return http::error(404, fmt::format("Message {} is not parked.", *row));
    }
    wake();
    co_return http::Response::json(200, json::object{{"waiting", *waiting}});
}

/// No row has the id 0.
std::int64_t row_of(const std::string& text) {
    std::int64_t id = 0;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), id);
    return wrong == std::errc{} && end == text.data() + text.size() ? id : 0;
}

}  // namespace

void add_parked_routes(http::Router& router, std::function<sql::Database*()> database,
                       std::function<void()> wake) {
    router.add("GET", "/outbox/parked",
               [database](http::Request request) { return list(std::move(request), database()); });
    router.add("POST", "/outbox/parked/retry",
               [database, wake](http::Request) { return retry(database(), std::nullopt, wake); });
    router.add("POST", "/outbox/parked/{id}/retry", [database, wake](http::Request request) {
        return retry(database(), row_of(request.param("id")), wake);
    });
}

}  // namespace dsm::outbox
