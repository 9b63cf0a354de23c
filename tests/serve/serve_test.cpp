// `dsm serve`: five processes with nothing between them but the wire do what `dsm up` does.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/serve/separate_services.hpp"

namespace dsm::testing {
namespace {

namespace json = boost::json;

constexpr const char* kServices[] = {"orchestrator", "sprint", "backlog", "chronicle", "project"};

Instant recorded_time(const json::value& recorded) {
    return parse_rfc3339(recorded.at("clock").as_string()).value();
}

json::value orchestrate(const SeparateServices& services) {
    return services.wire("orchestrator")
        .post("/orchestrate/project/TEST-001", json::object())
        .json();
}

TEST(Serve, ServicesStartedApartGiveTheRecordedAnswersOnTheirDay) {
    const auto missing = fixture("recorded-missing-cronjob.json");
    SeparateServices services(recorded_time(missing));
    const auto imported = services.run({"import", fixture_path("recorded-missing-cronjob.json")});
    ASSERT_EQ(imported.exit_code, 0) << imported.err;

    const auto created = orchestrate(services);
    const auto found = orchestrate(services);

    EXPECT_EQ(created, missing.at("response"));
    EXPECT_EQ(found, fixture("recorded-existing-cronjob.json").at("response"));
    const std::string reasoning(missing.at("response").at("decisions").at("reasoning").as_string());
    EXPECT_TRUE(eventually([&] {
        const auto notes = services.wire("chronicle")
                               .get(
                                   "/v1/notes/daily_scrum_report?project_id=TEST-001"
                                   "&include=decisions");
        return notes.body.find(reasoning) != std::string::npos;
    }));
    EXPECT_TRUE(eventually([&] {
        const auto entries =
            run_process({"redis-cli", "-p", std::to_string(services.redis().port()), "XRANGE",
                         "orchestration_events", "-", "+"});
        return entries.out.find(reasoning) != std::string::npos;
    }));
}

TEST(Serve, EveryServiceEndsOnSigtermAndFindsEverythingAtItsNextStart) {
    const auto missing = fixture("recorded-missing-cronjob.json");
    SeparateServices services(recorded_time(missing));
    ASSERT_EQ(services.run({"import", fixture_path("recorded-missing-cronjob.json")}).exit_code, 0);
    ASSERT_EQ(orchestrate(services), missing.at("response"));

    for (const char* service : kServices) EXPECT_EQ(services.stop(service), 0) << service;
    for (const char* service : {"project", "backlog", "chronicle", "sprint", "orchestrator"}) {
        services.start(service);
    }

    EXPECT_EQ(orchestrate(services), fixture("recorded-existing-cronjob.json").at("response"));
}

}  // namespace
}  // namespace dsm::testing
