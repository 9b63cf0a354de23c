// Bad input at every door of the running system: a clear refusal, the process unmoved, nothing
// changed.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <memory>

#include "libs/testing/wire.hpp"
#include "tests/e2e/system.hpp"

namespace dsm::e2e {
namespace {

namespace json = boost::json;

const std::vector<std::string> kDoors{"orchestrator", "project", "backlog", "sprint", "chronicle"};

class Hostile : public ::testing::Test {
protected:
    void SetUp() override {
        System::Options options;
        options.arguments = {"--import", fixture_path("recorded-existing-cronjob.json")};
        system_ = std::make_unique<System>(std::move(options));
        before_ = system_->dsm({"export"}).out;
        ASSERT_FALSE(before_.empty());
    }

    void TearDown() override {
        EXPECT_FALSE(system_->process().wait(std::chrono::milliseconds(0)))
            << system_->process().err();
        EXPECT_EQ(system_->dsm({"export"}).out, before_) << "something changed";
        EXPECT_EQ(system_->orchestrate("TEST-001"),
                  fixture("recorded-existing-cronjob.json").at("response"));
    }

    testing::WireClient door(const std::string& part) const {
        const std::string url = system_->url(part);
        return testing::WireClient(
            static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
    }

    std::unique_ptr<System> system_;
    std::string before_;
};

TEST_F(Hostile, IdsThatNoStoredIdCanEqualAreNotFound) {
    for (const std::string& id :
         {std::string("a%2Fb"), std::string("%2e%2e"), std::string(".."), std::string("%00"),
          std::string("%22%27%3B--"), std::string("a%0Ab"), std::string(10'000, 'x')}) {
        EXPECT_EQ(door("orchestrator").post("/orchestrate/project/" + id).status, 404)
            << id.substr(0, 40);
        EXPECT_EQ(door("project").get("/projects/" + id).status, 404) << id.substr(0, 40);
        EXPECT_EQ(door("sprint").get("/sprints/" + id).status, 404) << id.substr(0, 40);
        EXPECT_EQ(door("sprint").post("/sprints/" + id + "/run-daily-scrum").status, 404)
            << id.substr(0, 40);
    }
    EXPECT_EQ(door("project").get("/projects/%zz").status, 400);
    const int status = door("project").get("/projects/%ff%fe").status;
    EXPECT_TRUE(status == 400 || status == 404) << status;
}

TEST_F(Hostile, BodiesThatAreNoJsonAreRefusedWithTheirPlace) {
    struct Row {
        const char* sentence;
        std::string body;
        const char* type;
    };
    const std::vector<Row> rows{
        {"no JSON", "{", "json_invalid"},
        {"10 000 levels", std::string(10'000, '['), "json_invalid"},
        {"a doubled key", R"({"action":"a","action":"b"})", "json_invalid"},
        {"a number that overflows", R"({"options":{"sprint_duration_weeks":1e999}})",
         "json_invalid"},
        {"null", "null", "model_attributes_type"},
        {"a list", "[]", "model_attributes_type"},
        {"options null", R"({"options":null})", "dict_type"},
        {"weeks too many", R"({"options":{"sprint_duration_weeks":99}})", "less_than_equal"},
        {"no schedule", R"({"options":{"schedule":"61 * * * *"}})", "value_error"},
        {"a macro", R"({"options":{"schedule":"@daily"}})", "value_error"},
        {"a zone", R"({"options":{"schedule":"TZ=UTC 0 1 * * *"}})", "value_error"},
        {"an injection", R"({"options":{"schedule":"0 14 * * *\"\nsuspend: true"}})",
         "value_error"},
    };
    for (const Row& row : rows) {
        const testing::WireReply reply =
            door("orchestrator").send("POST", "/orchestrate/project/TEST-001", row.body);
        EXPECT_EQ(reply.status, 422) << row.sentence;
        EXPECT_EQ(reply.json().at("detail").at(0).at("type").as_string(), row.type)
            << row.sentence << reply.body;
    }
}

TEST_F(Hostile, SmuggledRequestsAreRefusedAndTheConnectionCloses) {
    struct Row {
        const char* sentence;
        std::string bytes;
    };
    const std::string tail = "GET /projects HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    const std::vector<Row> rows{
        {"two lengths",
         "POST /projects HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nContent-Length: "
         "3\r\n\r\n{}" +
             tail},
        {"a length and chunked",
         "POST /projects HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nTransfer-Encoding: "
         "chunked\r\n\r\n0\r\n\r\n" +
             tail},
        {"no Host", "GET /projects HTTP/1.1\r\n\r\n" + tail},
        {"two Hosts", "GET /projects HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + tail},
        {"no HTTP", "\x16\x03\x01 hello\r\n\r\n" + tail},
    };
    for (const std::string& part : kDoors) {
        for (const Row& row : rows) {
            const std::string answer = door(part).raw(row.bytes);
            EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 "))
                << part << ": " << row.sentence << ": " << answer;
            EXPECT_EQ(answer.find("HTTP/1.1", 1), std::string::npos)
                << part << ": " << row.sentence;
        }
        const std::string long_line =
            "GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
        EXPECT_TRUE(door(part).raw(long_line).starts_with("HTTP/1.1 414 ")) << part;
        const std::string long_head =
            "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n";
        EXPECT_TRUE(door(part).raw(long_head).starts_with("HTTP/1.1 431 ")) << part;
    }
}

TEST_F(Hostile, AWebPageCannotChangeAnything) {
    http::Headers page;
    page.set("Origin", "http://evil.example");
    http::Headers rebound;
    rebound.set("Host", "evil.example");
    for (const http::Headers& headers : {page, rebound}) {
        EXPECT_EQ(door("orchestrator")
                      .send("POST", "/orchestrate/project/TEST-001", "{}", headers)
                      .status,
                  403);
        EXPECT_EQ(door("project").send("POST", "/projects", "{}", headers).status, 403);
    }
}

TEST_F(Hostile, ATruncatedImportWritesNothing) {
    const std::string whole = testing::read_file(fixture_path("recorded-missing-cronjob.json"));
    testing::TemporaryFolder folder;
    for (const std::size_t length :
         {std::size_t{0}, std::size_t{1}, whole.size() / 2, whole.size() - 2}) {
        const std::string path = folder.file("cut.json");
        std::ofstream(path) << whole.substr(0, length);

        const testing::Finished done = system_->dsm({"import", path});

        EXPECT_EQ(done.exit_code, 1) << length;
        EXPECT_NE(done.err.find("cut.json"), std::string::npos) << done.err;
    }
}

}  // namespace
}  // namespace dsm::e2e
