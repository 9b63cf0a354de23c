// Holidays, time off and availability at the wire.
#include "services/project/wire_test.hpp"

namespace dsm::project {
namespace {

boost::json::object days(const char* start, const char* end) {
    return {{"start_date", start}, {"end_date", end}};
}

TEST_F(ProjectWire, KeepsAHolidayOnce) {
    const boost::json::object labor{{"holiday_date", "2025-09-01"}, {"holiday_name", "Labor Day"}};
    const char* const stored =
        R"({"holiday_date":"2025-09-01","holiday_name":"Labor Day","type":"Federal"})";

    expect(wire().post("/calendar/holidays", labor), 201, stored);
    auto again = labor;
    again["type"] = "Other";
    expect(wire().post("/calendar/holidays", again), 201, stored);
    expect(wire().get("/calendar/holidays"), 200, "[" + std::string(stored) + "]");
}

TEST_F(ProjectWire, ChecksAHoliday) {
    EXPECT_EQ(errors_of(wire().post("/calendar/holidays",
                                    {{"holiday_date", "2025-02-30"}, {"holiday_name", ""}})),
              "date_from_datetime_parsing body.holiday_date, string_too_short body.holiday_name");
    EXPECT_EQ(errors_of(wire().post("/calendar/holidays", boost::json::object())),
              "missing body.holiday_date, missing body.holiday_name");
}

TEST_F(ProjectWire, ListsHolidaysByDateAndDeletesThem) {
    wire().post("/calendar/holidays", {{"holiday_date", "2025-10-13"}, {"holiday_name", "B"}});
    wire().post("/calendar/holidays", {{"holiday_date", "2025-09-01"}, {"holiday_name", "A"}});

    EXPECT_EQ(wire().get("/calendar/holidays").json().at(0).at("holiday_name"), "A");
    expect(wire().del("/calendar/holidays/2025-09-01"), 200,
           R"({"message":"Holiday deleted successfully","holiday_date":"2025-09-01"})");
    EXPECT_EQ(wire().del("/calendar/holidays/2025-09-01").status, 404);
    EXPECT_EQ(wire().del("/calendar/holidays/soon").status, 404);
    EXPECT_EQ(wire().get("/calendar/holidays").json().as_array().size(), 1U);
}

TEST_F(ProjectWire, ChecksTimeOff) {
    given_a_team();
    const std::string path = "/projects/P1/calendar/pto";

    EXPECT_EQ(errors_of(wire().post(path, {{"reason", 7}})),
              "missing query.employee_id, missing body.start_date, missing body.end_date, "
              "string_type body.reason");
    EXPECT_EQ(errors_of(wire().post(path + "?employee_id=E1", days("2025-09-02", "2025-09-01"))),
              "value_error body.end_date");
    expect(wire().post(path + "?employee_id=E9", days("2025-09-01", "2025-09-01")), 404,
           R"({"detail":"Employee E9 not assigned to project P1"})");
    expect(
        wire().post("/projects/P9/calendar/pto?employee_id=E1", days("2025-09-01", "2025-09-01")),
        404, R"({"detail":"Employee E1 not assigned to project P9"})");
    expect(wire().get(path), 200, "[]");
    expect(wire().get("/projects/P9/calendar/pto"), 404, R"({"detail":"Project P9 not found."})");
}

TEST_F(ProjectWire, KeepsTimeOffAndForgetsIt) {
    given_a_team();
    const std::string path = "/projects/P1/calendar/pto";
    const auto late = wire().post(path + "?employee_id=E1", days("2025-09-05", "2025-09-06"));
    auto with_reason = days("2025-09-01", "2025-09-01");
    with_reason["reason"] = "away";
    const auto early = wire().post(path + "?employee_id=E2", with_reason);
    const std::string id(early.json().at("pto_id").as_string());

    EXPECT_EQ(late.status, 201);
    EXPECT_EQ(late.json().at("reason"), nullptr);
    EXPECT_EQ(wire().get(path).json(), (boost::json::array{early.json(), late.json()}));
    expect(wire().del("/projects/P9/calendar/pto/" + id), 404,
           R"({"detail":"PTO entry )" + id + R"( not found for project P9"})");
    expect(wire().del(path + "/" + id), 200,
           R"({"message":"PTO entry deleted successfully","pto_id":")" + id + R"("})");
    EXPECT_EQ(wire().del(path + "/" + id).status, 404);
    EXPECT_EQ(wire().get(path).json().as_array().size(), 1U);
}

TEST_F(ProjectWire, DoesNotSeeTimeOffOfOtherTeams) {
    given_a_team();
    wire().post("/projects", project("P2"));
    wire().post("/projects/P1/calendar/pto?employee_id=E1", days("2025-09-01", "2025-09-02"));

    expect(wire().get("/projects/P2/calendar/pto"), 200, "[]");
    expect(wire().get("/projects/P2/availability/check?start_date=2025-09-01&end_date=2025-09-02"),
           200, R"({"status":"ok","conflicts":[]})");
}

TEST_F(ProjectWire, ChecksTheWindowOfAvailability) {
    given_a_team();
    const std::string path = "/projects/P1/availability/check";

    EXPECT_EQ(errors_of(wire().get(path)), "missing query.start_date, missing query.end_date");
    EXPECT_EQ(errors_of(wire().get(path + "?start_date=soon&end_date=2025-09-01")),
              "date_from_datetime_parsing query.start_date");
    EXPECT_EQ(errors_of(wire().get(path + "?start_date=2025-09-02&end_date=2025-09-01")),
              "value_error query.end_date");
    expect(wire().get("/projects/P9/availability/check?start_date=2025-09-01&end_date=2025-09-01"),
           404, R"({"detail":"Project P9 not found."})");
}

TEST_F(ProjectWire, NamesHolidaysAndTimeOffOfAWindow) {
    given_a_team();
    wire().post("/calendar/holidays",
                {{"holiday_date", "2025-09-01"}, {"holiday_name", "Labor Day"}});
    wire().post("/calendar/holidays",
                {{"holiday_date", "2025-10-13"}, {"holiday_name", "Columbus Day"}});
    wire().post("/projects/P1/calendar/pto?employee_id=E2", days("2025-08-20", "2025-08-31"));

    expect(wire().get("/projects/P1/availability/check?start_date=2025-08-31&end_date=2025-09-14"),
           200,
           R"({"status":"conflict","conflicts":[)"
           R"({"type":"holiday","date":"2025-09-01","name":"Labor Day",)"
           R"("details":"US Holiday: Labor Day"},)"
           R"({"type":"pto","date":"2025-08-20","name":"Bob",)"
           R"("details":"Bob on PTO from 2025-08-20 to 2025-08-31"}]})");
}

}  // namespace
}  // namespace dsm::project
