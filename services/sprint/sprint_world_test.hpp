// sprint-service on a real socket, between neighbours that a test plays and can break.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <boost/json.hpp>
#include <cstdlib>
#include <map>
#include <mutex>

#include "libs/http/errors.hpp"
#include "libs/service/host.hpp"
#include "libs/testing/await.hpp"
#include "libs/testing/fake_server.hpp"
#include "libs/testing/fresh_store.hpp"
#include "libs/testing/manual_clock.hpp"
#include "libs/testing/process.hpp"
#include "libs/testing/wire.hpp"
#include "services/sprint/service.hpp"

namespace dsm::sprint {

namespace json = boost::json;

inline Instant at(const char* text) {
    return *parse_rfc3339(text);
}

/// An event stream that can be down.
class FlakyStream final : public stream::EventStream {
public:
    explicit FlakyStream(std::unique_ptr<stream::EventStream> inner) : inner_(std::move(inner)) {}

    std::atomic<bool> down = false;

    template <class T>
    using Awaitable = boost::asio::awaitable<Result<T>>;

    Awaitable<std::string> append(std::string stream, stream::Event event, std::size_t max_length,
                                  std::string id, rt::Deadline deadline) override {
        if (down) co_return gone();
        co_return co_await inner_->append(stream, event, max_length, id, deadline);
    }
    Awaitable<void> ensure_group(std::string stream, std::string group,
                                 rt::Deadline deadline) override {
        if (down) co_return gone();
        co_return co_await inner_->ensure_group(stream, group, deadline);
    }
    Awaitable<std::vector<stream::Entry>> read_group(stream::GroupRead read,
                                                     rt::Deadline deadline) override {
        if (down) co_return gone();
        co_return co_await inner_->read_group(read, deadline);
    }
    Awaitable<void> acknowledge(std::string stream, std::string group, std::vector<std::string> ids,
                                rt::Deadline deadline) override {
        if (down) co_return gone();
        co_return co_await inner_->acknowledge(stream, group, ids, deadline);
    }
    Awaitable<std::vector<stream::Entry>> reclaim(stream::GroupRead read,
                                                  std::chrono::milliseconds idle,
                                                  rt::Deadline deadline) override {
        if (down) co_return gone();
        co_return co_await inner_->reclaim(read, idle, deadline);
    }
    Awaitable<std::vector<stream::Entry>> range(std::string stream, std::string after,
                                                std::size_t count, rt::Deadline deadline) override {
        co_return co_await inner_->range(stream, after, count, deadline);
    }
    Awaitable<void> remove(std::string stream, std::vector<std::string> ids,
                           rt::Deadline deadline) override {
        co_return co_await inner_->remove(stream, ids, deadline);
    }
    Awaitable<stream::StreamEnd> end(std::string stream, rt::Deadline deadline) override {
        co_return co_await inner_->end(stream, deadline);
    }
    Awaitable<stream::GroupLag> lag(std::string stream, std::string group,
                                    rt::Deadline deadline) override {
        co_return co_await inner_->lag(stream, group, deadline);
    }
    boost::asio::awaitable<bool> healthy(rt::Deadline deadline) override {
        if (down) co_return false;
        co_return co_await inner_->healthy(deadline);
    }

private:
    static std::unexpected<Error> gone() { return fail(ErrorCode::kUnavailable, "down"); }
    std::unique_ptr<stream::EventStream> inner_;
};

/// A backlog of tasks by id that answers as the contract says.
class FakeBacklog {
public:
    std::atomic<int> misrouted = 0;  ///< when set, what something in front answers to a PUT
    std::atomic<int> puts = 0;

    void add(const std::string& id, json::object changes = {}) {
        json::object task{{"task_id", id},          {"project_id", "P"},
                          {"title", "Title " + id}, {"description", ""},
                          {"status", "unassigned"}, {"assigned_to", nullptr},
                          {"sprint_id", nullptr},   {"progress_percentage", 0}};
        for (auto& [key, value] : changes) task[key] = value;
        std::lock_guard lock(mutex_);
        tasks_[id] = std::move(task);
    }

    json::object task(const std::string& id) const {
        std::lock_guard lock(mutex_);
        return tasks_.at(id);
    }

    http::Response answer(const http::Request& request) {
        std::lock_guard lock(mutex_);
        if (request.method == "PUT") {
            ++puts;
            return misrouted > 0 ? http::error(misrouted, "Not Found") : put(request);
        }
        json::array found;
        for (const auto& [id, task] : tasks_) {
            if (task.at("status") == json::string("unassigned")) found.push_back(task);
        }
        return http::Response::json(200, found);
    }

private:
    http::Response put(const http::Request& request) {
        const auto found = tasks_.find(request.segments.at(1));
        if (found == tasks_.end()) {
            return http::error(404, "Task " + request.segments.at(1) + " not found.");
        }
        const auto body = json::parse(request.body);
        for (const auto& [key, value] : body.as_object()) found->second[key] = value;
        return http::Response::json(200, {{"message", "updated"}});
    }

    mutable std::mutex mutex_;
    std::map<std::string, json::object> tasks_;
};

/// Keeps notes once an id, as Chronicle does.
class FakeChronicle {
public:
    std::atomic<int> calls = 0;
    std::atomic<bool> loses_answers = false;  ///< keeps the note and answers 500

    std::vector<json::object> notes(const std::string& kind) const {
        std::lock_guard lock(mutex_);
        std::vector<json::object> found;
        for (const auto& [key, note] : notes_) {
            if (note.at("kind").as_string() == kind) found.push_back(note);
        }
        return found;
    }

    http::Response answer(const http::Request& request) {
        ++calls;
        const std::string key(request.headers.find("Idempotency-Key").value_or(""));
        const std::string kind = request.segments.back();
        std::lock_guard lock(mutex_);
        auto body = json::parse(request.body).as_object();
        body["kind"] = kind;
        body["key"] = key;
        notes_.emplace(key, std::move(body));
        if (loses_answers) return http::error(500, "Internal Server Error");
        const char* id = kind == "sprint_retrospective" ? "retrospective_id" : "note_id";
        return http::Response::json(201, {{"message", "recorded"}, {id, "id-of-" + key}});
    }

private:
    mutable std::mutex mutex_;
    std::map<std::string, json::object> notes_;
};

/// Everything around one sprint-service. Change `config` before `start`.
class SprintWorld : public ::testing::Test {
protected:
    SprintWorld() : events_(*stream::open_sql_stream(folder_.file("streams.db"), clock_)) {
        config_.database = testing::fresh_store(folder_, "sprint");
        config_.project_url = projects_.url();
        config_.backlog_url = backlog_server_.url();
        config_.chronicle_url = chronicle_server_.url();
        config_.calls.change_all(
            [](rt::CallPolicy& one) { one.timeout = std::chrono::seconds(2); });
    }

    testing::WireClient start() {
        host_.emplace(
            http::ServerSettings{.service = "sprint-service"},
            [this](service::Environment environment) { return make_service(config_, environment); },
            clock_, *random_, events_);
        const auto port = host_->start();
        if (!port) throw std::runtime_error(port.error().message);
        return testing::WireClient(*port);
    }

    /// Starts a sprint of project P with `tasks` tasks that are added to the backlog.
    std::string start_sprint(const testing::WireClient& wire, int tasks = 3) {
        for (int i = 1; i <= tasks; ++i) backlog_.add(fmt::format("P-T{:02}", i));
        const auto reply = wire.post("/sprints/P", {{"sprint_name", "One"}, {"duration_weeks", 2}});
        EXPECT_EQ(reply.status, 201) << reply.body;
        return std::string(reply.json().at("sprint_id").as_string());
    }

    std::vector<json::object> events_on(const std::string& stream) {
        auto entries = testing::await(
            events_.range(stream, "", 1000, rt::Deadline::after(clock_, std::chrono::seconds(60))));
        std::vector<json::object> documents;
        for (const auto& entry : *entries) {
            documents.push_back(json::parse(entry.event.data).as_object());
        }
        return documents;
    }

    void publish(const std::string& stream, const std::string& data) {
        auto appended =
            testing::await(events_.append(stream, {data, "TASK_PROGRESSED", "e"}, 1000, "",
                                          rt::Deadline::after(clock_, std::chrono::seconds(60))));
        ASSERT_TRUE(appended) << appended.error().message;
    }

    testing::TemporaryFolder folder_;
    testing::ManualClock clock_{at("2025-09-03T10:00:00Z")};
    std::unique_ptr<rt::Random> random_ = rt::make_seeded_random(7);
    std::atomic<bool> project_known_ = true;
    json::array team_{{{"id", "E2"}, {"name", "B"}}, {{"id", "E1"}, {"name", "A"}}};
    FakeBacklog backlog_;
    FakeChronicle chronicle_;
    testing::FakeServer projects_{[this](const http::Request&) {
        if (!project_known_) return http::error(404, "Project P not found.");
        return http::Response::json(200, {{"project_id", "P"}, {"team_members", team_}});
    }};
    testing::FakeServer backlog_server_{
        [this](const http::Request& request) { return backlog_.answer(request); }};
    testing::FakeServer chronicle_server_{
        [this](const http::Request& request) { return chronicle_.answer(request); }};
    FlakyStream events_;
    Config config_;
    std::optional<service::ServiceHost> host_;
};

inline json::value detail_of(const testing::WireReply& reply) {
    return reply.json().at("detail");
}

}  // namespace dsm::sprint
