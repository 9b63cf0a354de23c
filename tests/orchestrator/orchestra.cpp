#include "tests/orchestrator/orchestra.hpp"

#include <boost/json.hpp>

#include "libs/testing/await.hpp"
#include "libs/testing/fresh_store.hpp"

namespace dsm::orchestrator::testing {
namespace json = boost::json;

json::value fixture(const std::string& name) {
    return json::parse(
        dsm::testing::read_file(std::string(DSM_SOURCE_DIR) + "/tests/fixtures/" + name + ".json"));
}

json::value small_workspace(int tasks) {
    json::array rows;
    for (int i = 1; i <= tasks; ++i) {
        rows.push_back({{"task_id", fmt::format("P1-TASK{:03}", i)},
                        {"project_id", "P1"},
                        {"status", "unassigned"},
                        {"sprint_id", nullptr}});
    }
    const json::object project{{"id", "P1"},
                               {"name", "One"},
                               {"description", "-"},
                               {"status", "active"},
                               {"team", json::array{"E1", "E2", "E3"}}};
    return {{"clock", "2025-08-31T14:05:00Z"},
            {"workspace",
             {{"projects", json::array(1, json::value(project))},
              {"holidays", json::array()},
              {"sprints", json::array()},
              {"tasks", std::move(rows)}}}};
}

json::value workspace_in_sprint() {
    json::value document = small_workspace(4);
    const json::object sprint{{"sprint_id", "P1-S02"},    {"project_id", "P1"},
                              {"sprint_name", "P1-S02"},  {"start_date", "2025-08-24"},
                              {"end_date", "2025-09-07"}, {"duration_weeks", 2},
                              {"status", "in_progress"}};
    document.at("workspace").at("sprints").as_array().push_back(sprint);
    return document;
}

Orchestra::Orchestra(json::value document, std::chrono::milliseconds timeout)
    : world(document),
      clock_(*parse_rfc3339(std::string(document.at("clock").as_string()))),
      random_(rt::make_system_random()) {
    auto real = stream::open_sql_stream(folder_.file("streams.db"), clock_);
    if (!real) throw std::runtime_error(real.error().message);
    stream = std::make_unique<FlakyStream>(std::move(*real));
    config.database = dsm::testing::fresh_store(folder_, "orchestrator");
    config.project_url = world.project.url();
    config.backlog_url = world.backlog.url();
    config.sprint_url = world.sprint.url();
    config.chronicle_url = chronicle.server.url();
    config.cluster = cluster.access();
    config.calls.change_all([&](rt::CallPolicy& one) { one.timeout = timeout; });
    start();
}

Orchestra::~Orchestra() {
    stop();
}

void Orchestra::start() {
    host_ = std::make_unique<service::ServiceHost>(
        http::ServerSettings{.service = "project-orchestrator"},
        [this](service::Environment environment) { return make_service(config, environment); },
        clock_, *random_, *stream);
    const auto port = host_->start();
    if (!port) throw std::runtime_error(port.error().message);
    port_ = *port;
}

void Orchestra::stop(std::chrono::milliseconds limit) {
    if (host_) host_->stop(limit);
    host_.reset();
}

void Orchestra::restart() {
    stop();
    start();
}

dsm::testing::WireReply Orchestra::post(const json::value& body, std::string_view target) const {
    return wire().post(target, body);
}

dsm::testing::WireReply Orchestra::post_with_key(std::string_view key, std::string_view body,
                                                 std::string_view target) const {
    http::Headers headers;
    headers.set("Idempotency-Key", std::string(key));
    return wire().send("POST", target, body, headers);
}

json::array Orchestra::events() const {
    const auto deadline = rt::Deadline::after(clock_, std::chrono::seconds(60));
    const auto entries =
        dsm::testing::await(stream->range("orchestration_events", "", 1000, deadline));
    json::array documents;
    if (!entries) return documents;
    for (const auto& entry : *entries) documents.push_back(json::parse(entry.event.data));
    return documents;
}

}  // namespace dsm::orchestrator::testing
