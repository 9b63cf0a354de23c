#include "services/orchestrator/core/imprint.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "services/orchestrator/core/cronjob_object.hpp"
#include "services/orchestrator/core/naming.hpp"

namespace dsm::orchestrator {
namespace {

namespace json = boost::json;

const ProjectId kProject("TEST-001");
const SprintId kSprint("TEST-001-S12");

Snapshot snapshot() {
    Snapshot s{.project_id = kProject, .today = *parse_date("2025-08-31")};
    s.options.schedule = "0 9 * * 1-5";
    s.project = Known<Project>{{.details = {{"id", "TEST-001"}}}};
    s.team_size = Known<std::int64_t>{2};
    Availability availability{.status = "conflict"};
    availability.conflicts = {{"holiday", "2025-09-01", "Labor Day", "US Holiday: Labor Day"}};
    s.availability = Known<Availability>{std::move(availability)};
    s.backlog = Known<BacklogSummary>{
        {.total_tasks = 18, .unassigned_tasks = 10, .status_counts = {{"completed", 2}}}};
    s.sprints = Known<std::vector<Sprint>>{};
    s.settings = Absent{};
    return s;
}

Snapshot in_sprint() {
    Snapshot s = snapshot();
    s.sprints = Known<std::vector<Sprint>>{
        {{.id = kSprint, .project_id = kProject, .name = kSprint.str(), .status = "in_progress"}}};
    s.cronjob = Absent{};
    return s;
}

Stamp stamp() {
    return Stamp::of(DecisionId("1e0edcc1-2069-47ce-a454-6c04d9ff7cf6"), "c-1",
                     *parse_rfc3339("2025-08-31T14:05:00.75Z"));
}

/// The object as it was made, with what was done before it, and the decision once it was done.
struct Made {
    json::object object;
    Performed done;
};

Made made(const Snapshot& s, Performed before) {
    const std::string name = cronjob_name(kProject, kSprint);
    Made result{.object = cronjob_object({.name_space = "dsm"},
                                         {.project = kProject,
                                          .sprint = kSprint,
                                          .schedule = "0 9 * * 1-5",
                                          .decision = stamp().decision_id,
                                          .imprint = imprint_of(s, before, stamp(), "00-a-b-01")}),
                .done = std::move(before)};
    result.done.cronjob_name = name;
    result.done.actions_taken.push_back(sentence::created_cronjob(name));
    return result;
}

Performed before_create(const Snapshot& s) {
    Performed p = Performed::nothing_of(decide(s));
    p.created_sprint = kSprint;
    p.sprint_name = kSprint.str();
    p.assigned_tasks = 7;
    p.actions_taken = {sentence::created_sprint(kSprint), sentence::assigned_tasks(7)};
    return p;
}

void expect_the_same_record(const Snapshot& s, const Made& made) {
    const auto lost = lost_decision(made.object);
    ASSERT_TRUE(lost);
    const json::object told = decision_record(s, made.done, stamp());
    const json::object again = decision_record(lost->snapshot, lost->performed, lost->stamp);
    EXPECT_EQ(json::serialize(again), json::serialize(told));
    EXPECT_EQ(json::serialize(decision_audit(again, lost->snapshot, lost->performed, lost->stamp)),
              json::serialize(decision_audit(told, s, made.done, stamp())));
    EXPECT_EQ(lost->snapshot.options.schedule, s.options.schedule);
    EXPECT_EQ(lost->traceparent, "00-a-b-01");
}

TEST(Imprint, GivesTheVeryRecordOfAHeal) {
    const Snapshot s = in_sprint();

    expect_the_same_record(s, made(s, Performed::nothing_of(decide(s))));
}

TEST(Imprint, GivesTheVeryRecordOfACreation) {
    const Snapshot s = snapshot();

    expect_the_same_record(s, made(s, before_create(s)));
}

TEST(Imprint, StaysShortWhateverTheWarnings) {
    Snapshot s = in_sprint();
    Performed p = Performed::nothing_of(decide(s));
    p.warnings.assign(2000, "Sprint timeline includes PTO: somebody on PTO");

    EXPECT_LE(imprint_of(s, p, stamp(), "").size(), 16U * 1024);
    EXPECT_TRUE(lost_decision(made(s, p).object)->performed.warnings.empty());
}

/// As the API server keeps it: who set the decision id last.
json::array managed_by(const char* manager) {
    const json::object decision{
        {"f:metadata",
         {{"f:annotations", {{"f:dsm.agile-corp.org/decision-id", json::object()}}}}}};
    return {{{"manager", "kube-controller-manager"}, {"fieldsV1", {{"f:status", json::object()}}}},
            {{"manager", manager}, {"operation", "Update"}, {"fieldsV1", decision}}};
}

TEST(Imprint, CountsOnAnObjectWhoseDecisionIdIsStillOurs) {
    json::object object = made(in_sprint(), Performed::nothing_of(decide(in_sprint()))).object;
    object.at("metadata").as_object()["managedFields"] = managed_by("dsm-orchestrator");

    EXPECT_TRUE(lost_decision(object));
}

TEST(Imprint, AnObjectThatNobodyDecidedHasNone) {
    const json::object good = made(in_sprint(), Performed::nothing_of(decide(in_sprint()))).object;
    struct Row {
        const char* says;
        std::function<void(json::object&)> change;
    };
    const auto annotations = [](json::object& metadata) -> json::object& {
        return metadata.at("annotations").as_object();
    };
    const Row rows[] = {
        {"imported",
         [&](auto& metadata) { annotations(metadata).erase("dsm.agile-corp.org/decision-id"); }},
        {"not ours", [](auto& metadata) { metadata["labels"] = json::object(); }},
        {"a copy under another name", [](auto& metadata) { metadata["name"] = "copy"; }},
        {"without its sprint",
         [&](auto& metadata) { annotations(metadata).erase("dsm.agile-corp.org/sprint-id"); }},
        {"with an id that is none of ours",
         [&](auto& metadata) {
             annotations(metadata)["dsm.agile-corp.org/decision-id"] = "made-up";
         }},
        {"with an id that somebody else put there",
         [](auto& metadata) { metadata["managedFields"] = managed_by("kubectl-edit"); }},
        {"without annotations", [](auto& metadata) { metadata.erase("annotations"); }},
    };
    for (const Row& row : rows) {
        json::object object = good;
        row.change(object.at("metadata").as_object());

        EXPECT_FALSE(lost_decision(object)) << row.says;
    }
}

TEST(Imprint, AnObjectOfAnOlderVersionIsToldAsAHealAtItsCreation) {
    for (const char* imprint : {"", "{", "[]", R"({"warnings":7,"team":"x","at":"never"})"}) {
        json::object object = made(in_sprint(), Performed::nothing_of(decide(in_sprint()))).object;
        json::object& metadata = object.at("metadata").as_object();
        metadata["creationTimestamp"] = "2025-08-30T10:00:00Z";
        metadata.at("annotations").as_object()["dsm.agile-corp.org/decision"] = imprint;
        const auto lost = lost_decision(object);

        ASSERT_TRUE(lost) << imprint;
        EXPECT_EQ(lost->performed.path, Path::kHeal);
        EXPECT_EQ(format_rfc3339(lost->stamp.at), "2025-08-30T10:00:00Z");
        EXPECT_EQ(lost->performed.reasoning, sentence::healed(kSprint));
    }
}

}  // namespace
}  // namespace dsm::orchestrator
