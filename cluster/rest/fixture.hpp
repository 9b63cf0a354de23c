// For the REST face's tests: a whole API in memory, called without a network.
#pragma once

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include "cluster/rest/api.hpp"
#include "libs/testing/await.hpp"
#include "libs/testing/manual_clock.hpp"

namespace dsm::cluster {

/// Keeps what a stream writes; ends it after `limit` lines.
class LineCatcher final : public http::BodyWriter {
public:
    explicit LineCatcher(std::size_t limit) : limit_(limit) {}

    boost::asio::awaitable<bool> write(std::string chunk) override {
        text_ += chunk;
        co_return lines().size() < limit_;
    }
    std::vector<json::value> lines() const {
        std::vector<json::value> all;
        std::size_t start = 0;
        for (auto end = text_.find('\n'); end != std::string::npos; end = text_.find('\n', start)) {
            all.push_back(json::parse(std::string_view(text_).substr(start, end - start)));
            start = end + 1;
        }
        return all;
    }

private:
    std::size_t limit_;
    std::string text_;
};

class RestTest : public ::testing::Test {
protected:
    static constexpr std::string_view kCronJobs = "/apis/batch/v1/namespaces/dsm/cronjobs";
    using Fields = std::vector<std::pair<std::string, std::string>>;

    RestTest() {
        identity_.admin_token = "secret";
        identity_.users["secret"] = {
            "admin", "u1", {"system:masters", "system:authenticated"}, true};
        identity_.users["weak"] = {"dev", "dev", {"system:authenticated"}, false};
        call("POST", "/api/v1/namespaces", R"({"metadata":{"name":"dsm"}})");
    }

    static http::Request request(std::string method, std::string target, std::string body = "",
                                 const Fields& fields = {}) {
        http::Request made;
        made.method = std::move(method);
        made.target = std::move(target);
        made.body = std::move(body);
        const auto question = made.target.find('?');
        std::string path =
            made.target.substr(1, question == std::string::npos ? question : question - 1);
        while (true) {
            const auto slash = path.find('/');
            made.segments.push_back(path.substr(0, slash));
            if (slash == std::string::npos) break;
            path.erase(0, slash + 1);
        }
        if (question != std::string::npos) {
            made.query = *http::Query::parse(made.target.substr(question + 1));
        }
        made.headers.set("Authorization", "Bearer secret");
        for (const auto& [name, value] : fields) made.headers.set(name, value);
        return made;
    }

    http::Response call(std::string method, std::string target, std::string body = "",
                        const Fields& fields = {}) {
        return dsm::testing::await(
            api_.handle(request(std::move(method), std::move(target), std::move(body), fields)));
    }
    static json::value body(const http::Response& response) { return json::parse(response.body); }

    json::value ask(std::string method, std::string target, std::string text = "",
                    const Fields& fields = {}) {
        return body(call(std::move(method), std::move(target), std::move(text), fields));
    }

    static std::string cronjob(std::string_view name, std::string_view labels = "{}") {
        return fmt::format(
            R"({{"metadata":{{"name":"{}","labels":{}}},"spec":{{"schedule":"0 14 * * *",)"
            R"("jobTemplate":{{"spec":{{"template":{{"spec":{{"restartPolicy":"Never",)"
            R"("containers":[{{"name":"c","image":"dsm"}}]}}}}}}}}}}}})",
            name, labels);
    }
    json::value create(std::string_view name, std::string_view labels = "{}") {
        return ask("POST", std::string(kCronJobs), cronjob(name, labels));
    }
    static std::string path(std::string_view name) { return fmt::format("{}/{}", kCronJobs, name); }

    static std::vector<std::string> names(const json::value& list) {
        std::vector<std::string> all;
        for (const json::value& item : array_at(list, {"items"})) {
            all.emplace_back(text_at(item, {"metadata", "name"}));
        }
        return all;
    }
    static std::string version(const json::value& object) {
        return std::string(text_at(object, {"metadata", "resourceVersion"}));
    }

    /// The first `count` lines of a watch; fewer if it ends before. `meanwhile` runs beside it.
    std::vector<json::value> watch(std::string target, std::size_t count,
                                   std::function<void()> meanwhile = {}) {
        const auto response = call("GET", std::move(target));
        EXPECT_EQ(response.status, 200);
        if (!response.stream) return {};
        LineCatcher catcher(count);
        boost::asio::io_context loop(1);
        auto done = boost::asio::co_spawn(loop, response.stream(catcher), boost::asio::use_future);
        if (meanwhile) boost::asio::post(loop, meanwhile);
        loop.run();
        done.get();
        return catcher.lines();
    }
    static std::string summary(const json::value& line) {
        return std::string(text_at(line, {"type"})) + " " +
               std::string(text_at(line, {"object", "metadata", "name"}));
    }
    static std::vector<std::string> summaries(const std::vector<json::value>& lines) {
        std::vector<std::string> all;
        for (const json::value& line : lines) all.push_back(summary(line));
        return all;
    }

    dsm::testing::ManualClock clock_{*parse_rfc3339("2026-03-02T10:00:00Z")};
    std::unique_ptr<rt::Random> random_ = rt::make_seeded_random(1);
    std::unique_ptr<Store> store_ = *Store::open("", 1000);
    Registry registry_{*store_, clock_, *random_};
    Identity identity_;
    Faults faults_;
    RestApi api_{registry_, identity_, faults_, clock_, *random_};
};

}  // namespace dsm::cluster
