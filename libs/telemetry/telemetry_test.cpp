// Log lines, metrics and trace ids of libs/telemetry.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <fstream>

#include "libs/telemetry/log.hpp"
#include "libs/telemetry/metrics.hpp"
#include "libs/telemetry/trace.hpp"
#include "libs/testing/process.hpp"

namespace dsm::telemetry {
namespace {

/// What `write` logs into a fresh file at `level`, by line.
std::vector<std::string> logged_lines(Level level, const std::function<void()>& write) {
    const dsm::testing::TemporaryFolder folder;
    const std::string file = folder.file("log");
    configure_log({.level = level, .file = file});
    write();
    configure_log({});
    std::vector<std::string> lines;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

TEST(Log, ALineIsOneJsonObjectWhateverTheFieldsHold) {
    const auto lines = logged_lines(Level::kInfo, [] {
        log(Level::kInfo, "project-service", "project_created",
            {{"project_id", "P\n{\"level\":\"forged\"}\x1b[31m\x7f"}, {"n", 3}});
    });

    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].find('\x1b'), std::string::npos);
    EXPECT_EQ(lines[0].find('\x7f'), std::string::npos);
    const auto line = boost::json::parse(lines[0]).as_object();
    EXPECT_EQ(line.at("level"), "info");
    EXPECT_EQ(line.at("service"), "project-service");
    EXPECT_EQ(line.at("event"), "project_created");
    EXPECT_EQ(line.at("project_id"), "P\n{\"level\":\"forged\"}\x1b[31m\x7f");
    EXPECT_EQ(line.at("n"), 3);
    EXPECT_EQ(line.at("time").as_string().size(), 27u) << lines[0];
}

TEST(Log, DropsWhatIsBelowTheLevel) {
    const auto lines = logged_lines(Level::kWarning, [] {
        log(Level::kInfo, "s", "quiet");
        log(Level::kError, "s", "loud");
    });

    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(boost::json::parse(lines[0]).at("event"), "loud");
}

TEST(Log, LevelsAreReadInAnyCase) {
    Level level = Level::kInfo;

    EXPECT_TRUE(parse_level("WARNING", level));
    EXPECT_EQ(level, Level::kWarning);
    EXPECT_FALSE(parse_level("loud", level));
    EXPECT_EQ(level, Level::kWarning);
}

TEST(Metrics, AreWrittenAsPrometheusText) {
    Metrics metrics;
    metrics.count("dsm_heals_total", {{"path", "heal"}});
    metrics.count("dsm_heals_total", {{"path", "heal"}}, 2);
    metrics.gauge("dsm_outbox_rows", 4);
    metrics.observe_seconds("dsm_post_seconds", 0.003);

    const std::string text = metrics.text();

    EXPECT_NE(text.find("# TYPE dsm_heals_total counter"), std::string::npos) << text;
    EXPECT_NE(text.find("dsm_heals_total{path=\"heal\"} 3"), std::string::npos) << text;
    EXPECT_NE(text.find("dsm_outbox_rows 4"), std::string::npos) << text;
    EXPECT_NE(text.find("dsm_post_seconds_bucket{le=\"0.005\"} 1"), std::string::npos) << text;
    EXPECT_NE(text.find("dsm_post_seconds_bucket{le=\"0.002\"} 0"), std::string::npos) << text;
}

TEST(Metrics, ANameKeepsTheKindOfItsFirstUse) {
    Metrics metrics;
    metrics.count("dsm_things");

    metrics.gauge("dsm_things", 99);

    EXPECT_NE(metrics.text().find("dsm_things 1"), std::string::npos) << metrics.text();
}

TEST(Trace, OnlyPrintableCorrelationIdsOfBoundedLengthArePassedOn) {
    EXPECT_TRUE(is_valid_correlation_id("req-1/a~"));
    EXPECT_TRUE(is_valid_correlation_id(std::string(128, 'x')));
    for (const std::string& bad :
         {std::string(), std::string(129, 'x'), std::string("a b"), std::string("a\nb"),
          std::string("\x7f"), std::string("\xc3\xa9"), std::string("a\0b", 3)}) {
        EXPECT_FALSE(is_valid_correlation_id(bad)) << bad;
    }
}

TEST(Trace, ATraceparentIsReadOnlyInItsOneForm) {
    const std::string good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const std::vector<std::string> bad{"",
                                       good + "0",
                                       "ff" + good.substr(2),
                                       "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                                       "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                                       "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                                       "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01"};

    EXPECT_TRUE(is_valid_traceparent(good));
    for (const std::string& text : bad) EXPECT_FALSE(is_valid_traceparent(text)) << text;
}

TEST(Trace, AChildKeepsTheTraceAndNamesItsParent) {
    const std::string parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    EXPECT_EQ(child_traceparent(parent, "00f067aa0ba902b7"),
              "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01");
}

}  // namespace
}  // namespace dsm::telemetry
