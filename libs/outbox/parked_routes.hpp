// Endpoints to see the parked messages of a service and to drive them again.
#pragma once

#include <functional>

#include "libs/http/router.hpp"
#include "libs/sql/database.hpp"

namespace dsm::outbox {

/// `GET /outbox/parked?after&limit` → 200 `{"parked":[{"id","destination","event_id",…}]}`, oldest
/// first, 100 without a limit. `POST /outbox/parked/{id}/retry` → 200 `{"waiting":1}`, 404 when no
/// such message is parked. `POST /outbox/parked/retry` → 200 `{"waiting":N}`: all of them.
/// `database` gives nullptr before the service has started: 503. `wake` is called after a retry.
void add_parked_routes(http::Router& router, std::function<sql::Database*()> database,
                       std::function<void()> wake);

}  // namespace dsm::outbox
