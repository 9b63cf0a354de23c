// The checker itself: it keeps quiet about a good history, and catches each breach.
#include "tests/chaos/history.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace dsm::chaos {
namespace {

using namespace std::chrono_literals;

/// A sprint and its CronJob were created, the CronJob was deleted by somebody and healed; a
/// CronJob that is not ours stood beside it all the time.
History good() {
    History h;
    h.objects = {{"ADDED", "theirs", "u0", false, "", ""},
                 {"ADDED", "run-1", "u1", true, "P/P-S01", "d1"},
                 {"DELETED", "run-1", "u1", true, "P/P-S01", "d1"},
                 {"ADDED", "run-1", "u2", true, "P/P-S01", "d2"}};
    h.removed_by_others = {"u1"};
    h.replies = {{"c1", "k1", 0, "", ""},
                 {"c1", "k1", 200, "d1", "created"},
                 {"c1", "k1", 200, "d1", "created"},
                 {"c2", "", 503, "", "The decision may not have been recorded. Done: run-1."},
                 {"c3", "", 200, "d3", "fine"}};
    h.decisions = {"d1", "d2", "d3"};
    h.audits = {{"d1", "c1", true, "P-S01", "run-1"},
                {"d2", "c2", false, "P-S01", "run-1"},
                {"d3", "c3", false, "P-S01", ""}};
    h.notes = h.audits;
    h.events = h.audits;
    h.sprints = {{"P-S01", "P-S01", "in_progress"}};
    h.starts = {{true, 300ms}};
    h.drains = {{0, 200ms}};
    h.rested = true;
    h.outputs = {{"dsm.log", "all is well"}};
    h.secrets = {"hunter2"};
    return h;
}

TEST(History, WithoutABreachHasNone) {
    EXPECT_EQ(describe(check(good())), "");
}

struct Spoiled {
    const char* promise;
    const char* how;
    std::function<void(History&)> spoil;
};

const Spoiled kSpoiled[] = {
    {"ONE-CRON", "a second CronJob of one sprint",
     [](History& h) { h.objects.push_back({"ADDED", "run-2", "u3", true, "P/P-S01", "d2"}); }},
    {"HANDS-OFF", "somebody else's CronJob was changed",
     [](History& h) { h.objects.push_back({"MODIFIED", "theirs", "u0", false, "", ""}); }},
    {"HANDS-OFF", "somebody else's CronJob was deleted",
     [](History& h) { h.objects.push_back({"DELETED", "theirs", "u0", false, "", ""}); }},
    {"HANDS-OFF", "our CronJob was deleted by nobody who may",
     [](History& h) { h.objects.push_back({"DELETED", "run-1", "u2", true, "P/P-S01", "d2"}); }},
    {"AUDIT-EXACT", "an act without an audit",
     [](History& h) { h.audits.erase(h.audits.begin()); }},
    {"AUDIT-EXACT", "an act without a note", [](History& h) { h.notes.pop_back(); }},
    {"AUDIT-EXACT", "an act that was told twice",
     [](History& h) { h.notes.push_back(h.notes.front()); }},
    {"AUDIT-EXACT", "a record without its act",
     [](History& h) { h.notes.back().cronjob = h.audits.back().cronjob = "run-9"; }},
    {"AUDIT-EXACT", "a sprint that nobody decided",
     [](History& h) { h.sprints.push_back({"P-S02", "P-S02", "completed"}); }},
    {"AUDIT-EXACT", "a sprint that was told of and is not", [](History& h) { h.sprints.clear(); }},
    {"EVENT-ONCE", "an event twice", [](History& h) { h.events.push_back(h.events.front()); }},
    {"EVENT-ONCE", "events in another order",
     [](History& h) { std::swap(h.events[0], h.events[1]); }},
    {"OUTBOX-NO-SKIP", "an event that never came", [](History& h) { h.events.pop_back(); }},
    {"OUTBOX-NO-SKIP", "an audit that never came", [](History& h) { h.audits.pop_back(); }},
    {"OUTBOX-NO-SKIP", "deliveries that were not over", [](History& h) { h.rested = false; }},
    {"POST-IDEMPOTENT", "a key with two decisions",
     [](History& h) { h.replies.push_back({"c9", "k1", 200, "d3", "created"}); }},
    {"POST-IDEMPOTENT", "a key with two answers",
     [](History& h) { h.replies.push_back({"c9", "k1", 200, "d1", "another"}); }},
    {"ONE-SPRINT", "two sprints of one intent",
     [](History& h) { h.sprints.push_back({"P-S02", "P-S01", "completed"}); }},
    {"ONE-SPRINT", "two active sprints",
     [](History& h) { h.sprints.push_back({"P-S02", "P-S02", "in_progress"}); }},
    {"HONEST", "200 for what is not kept",
     [](History& h) { h.replies.push_back({"c9", "", 200, "d9", ""}); }},
    {"HONEST", "an error that hides what was done",
     [](History& h) { h.replies[3].body = "Something went wrong."; }},
    {"NO-SECRET", "a password in a log",
     [](History& h) { h.outputs.push_back({"dsm.log", "password=hunter2"}); }},
    {"NO-SECRET", "a password in an error text",
     [](History& h) { h.replies.push_back({"c9", "", 503, "", "cannot log in with hunter2"}); }},
    {"DRAIN-EXIT", "too slow an end", [](History& h) { h.drains.push_back({0, 6s}); }},
    {"DRAIN-EXIT", "an end by a signal", [](History& h) { h.drains.push_back({143, 1s}); }},
    {"RECOVER", "a start that took too long", [](History& h) { h.starts.push_back({true, 3s}); }},
    {"RECOVER", "a start that never was ready", [](History& h) { h.starts.push_back({}); }},
};

TEST(History, EachBreachIsCaughtByTheNameOfItsPromise) {
    for (const Spoiled& one : kSpoiled) {
        History history = good();
        one.spoil(history);
        const auto breaches = check(history);

        EXPECT_NE(std::ranges::find(breaches, one.promise, &Breach::promise), breaches.end())
            << one.promise << ": " << one.how << "\n"
            << describe(breaches);
    }
}

}  // namespace
}  // namespace dsm::chaos
