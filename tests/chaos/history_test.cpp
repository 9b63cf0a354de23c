// The checker itself: it keeps quiet about a good history, and catches each breach.
#include "tests/chaos/history.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>

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
                 {"c1", "k1", 200, "d1", "created", Said{"P-S01", "run-1", true}},
                 {"c1", "k1", 200, "d1", "created", Said{"P-S01", "run-1", true}},
                 {"c2", "", 503, "", "The decision may not have been recorded. Done: run-1."},
                 {"c3", "", 200, "d3", "fine", Said{}}};
    h.decisions = {"d1", "d2", "d3"};
    h.audits = {{"d1", "c1", true, "P-S01", "run-1"},
                {"d2", "c2", false, "P-S01", "run-1"},
                {"d3", "c3", false, "P-S01", ""}};
    h.notes = h.audits;
    h.events = h.audits;
    h.sprints = {{"P-S01", "P-S01", "in_progress"}};
    h.starts = {{true, 300ms, 200ms}};
    h.drains = {{0, 200ms}};
    h.rested = true;
    h.outputs = {{"dsm.log", "all is well"}};
    h.secrets = {"hunter2"};
    return h;
}

TEST(History, WithoutABreachHasNone) {
    EXPECT_EQ(describe(check(good())), "");
}

/// A History with one thing wrong, and every promise that this breaks.
struct Spoiled {
    std::set<std::string> promises;
    const char* how;
    std::function<void(History&)> spoil;
};

/// In the note, the audit, the event and the answers of one decision.
void in_all(History& h, std::size_t at, const std::function<void(Record&)>& change) {
    for (auto* records : {&h.notes, &h.audits, &h.events}) change((*records)[at]);
    const Record& told = h.audits[at];
    for (Reply& reply : h.replies) {
        if (!reply.said || reply.decision != told.decision) continue;
        reply.said = Said{.sprint = told.created_sprint ? told.sprint : std::string(),
                          .cronjob = told.cronjob,
                          .cronjob_created = !told.cronjob.empty()};
    }
}

const Spoiled kSpoiled[] = {
    {{"ONE-CRON"},
     "a second CronJob of one sprint, with a record of its own",
     [](History& h) {
         h.objects.push_back({"ADDED", "run-2", "u3", true, "P/P-S01", "d3"});
         in_all(h, 2, [](Record& record) { record.cronjob = "run-2"; });
     }},
    {{"ONE-CRON"},
     "two CronJobs of one sprint for a moment in the middle",
     [](History& h) {
         const ObjectVersion twin{"ADDED", "run-2", "u3", true, "P/P-S01", "d3"};
         ObjectVersion gone = twin;
         gone.change = "DELETED";
         h.objects.insert(h.objects.begin() + 2, {twin, gone});
         h.removed_by_others.insert("u3");
         in_all(h, 2, [](Record& record) { record.cronjob = "run-2"; });
     }},
    {{"ONE-CRON"},
     "a CronJob that came to be another sprint's",
     [](History& h) {
         h.objects.push_back({"ADDED", "run-2", "u3", true, "P/P-S02", "d3"});
         h.objects.push_back({"MODIFIED", "run-2", "u3", true, "P/P-S01", "d3"});
         in_all(h, 2, [](Record& record) { record.cronjob = "run-2"; });
     }},
    {{"HANDS-OFF"},
     "somebody else's CronJob was changed",
     [](History& h) {
         h.objects.insert(h.objects.begin() + 1, {"MODIFIED", "theirs", "u0", false, "", ""});
     }},
    {{"HANDS-OFF"},
     "somebody else's CronJob was changed, and deleted by somebody who may",
     [](History& h) {
         h.objects.push_back({"MODIFIED", "theirs", "u0", false, "", ""});
         h.objects.push_back({"DELETED", "theirs", "u0", false, "", ""});
         h.removed_by_others.insert("u0");
     }},
    {{"HANDS-OFF"},
     "somebody else's CronJob was made ours",
     [](History& h) { h.objects.push_back({"MODIFIED", "theirs", "u0", true, "P/P-S09", "d3"}); }},
    {{"HANDS-OFF"},
     "somebody else's CronJob was deleted",
     [](History& h) {
         h.objects.insert(h.objects.begin() + 1, {"DELETED", "theirs", "u0", false, "", ""});
     }},
    {{"HANDS-OFF"},
     "our CronJob lost its label",
     [](History& h) { h.objects.push_back({"MODIFIED", "run-1", "u2", false, "", ""}); }},
    {{"HANDS-OFF"},
     "our CronJob was deleted by nobody who may",
     [](History& h) { h.objects.push_back({"DELETED", "run-1", "u2", true, "P/P-S01", "d2"}); }},
    {{"AUDIT-EXACT", "OUTBOX-NO-SKIP"},
     "an act without an audit",
     [](History& h) { h.audits.erase(h.audits.begin()); }},
    {{"AUDIT-EXACT", "OUTBOX-NO-SKIP"},
     "an act without a note",
     [](History& h) { h.notes.erase(h.notes.begin()); }},
    {{"AUDIT-EXACT"},
     "an act that was noted twice",
     [](History& h) { h.notes.push_back(h.notes.front()); }},
    {{"AUDIT-EXACT"},
     "an act that was audited twice",
     [](History& h) { h.audits.push_back(h.audits[1]); }},
    {{"AUDIT-EXACT"},
     "an act that its decision did again after somebody undid it",
     [](History& h) {
         h.objects.push_back({"DELETED", "run-1", "u2", true, "P/P-S01", "d2"});
         h.removed_by_others.insert("u2");
         h.objects.push_back({"ADDED", "run-1", "u3", true, "P/P-S01", "d2"});
     }},
    {{"AUDIT-EXACT"},
     "a record without its act",
     [](History& h) { in_all(h, 2, [](Record& record) { record.cronjob = "run-9"; }); }},
    {{"AUDIT-EXACT"},
     "an act that its decision's record does not name",
     [](History& h) { in_all(h, 1, [](Record& record) { record.cronjob.clear(); }); }},
    {{"AUDIT-EXACT"},
     "a CronJob that carries no decision",
     [](History& h) { h.objects.push_back({"ADDED", "run-2", "u3", true, "P/P-S02", ""}); }},
    {{"AUDIT-EXACT"},
     "a note that tells something else than the audit",
     [](History& h) { h.notes[0].created_sprint = false; }},
    {{"AUDIT-EXACT"},
     "an event that tells something else than the audit",
     [](History& h) { h.events[2].sprint = "P-S09"; }},
    {{"AUDIT-EXACT"},
     "records of a decision that is not kept",
     [](History& h) {
         h.notes.push_back({"d9", "c9", false, "P-S01", ""});
         h.audits.push_back(h.notes.back());
     }},
    {{"AUDIT-EXACT"},
     "a sprint that nobody decided",
     [](History& h) { h.sprints.push_back({"P-S02", "P-S02", "completed"}); }},
    {{"AUDIT-EXACT"},
     "a sprint that two decisions created",
     [](History& h) { in_all(h, 2, [](Record& record) { record.created_sprint = true; }); }},
    {{"AUDIT-EXACT"},
     "a sprint that was told of and is not",
     [](History& h) { h.sprints.clear(); }},
    {{"EVENT-ONCE"}, "an event twice", [](History& h) { h.events.push_back(h.events.front()); }},
    {{"EVENT-ONCE"},
     "events in another order",
     [](History& h) { std::swap(h.events[0], h.events[1]); }},
    {{"EVENT-ONCE"},
     "an event of a decision that is not kept",
     [](History& h) { h.events.push_back({"d9", "c9", false, "P-S01", ""}); }},
    {{"OUTBOX-NO-SKIP"},
     "an event that never came",
     [](History& h) { h.events.erase(h.events.begin() + 1); }},
    {{"OUTBOX-NO-SKIP"}, "deliveries that were not over", [](History& h) { h.rested = false; }},
    {{"POST-IDEMPOTENT"},
     "a key with two decisions",
     [](History& h) { h.replies.push_back({"c9", "k1", 200, "d3", "created"}); }},
    {{"POST-IDEMPOTENT"},
     "a key with two answers",
     [](History& h) { h.replies.push_back({"c9", "k1", 200, "d1", "another"}); }},
    {{"POST-IDEMPOTENT"},
     "a key with two decisions, of which its client heard of one",
     [](History& h) {
         h.replies[4] = {"c4", "k1", 0, "", ""};
         in_all(h, 2, [](Record& record) { record.correlation = "c4"; });
     }},
    {{"POST-IDEMPOTENT"},
     "a key with two decisions, of which its client heard of none",
     [](History& h) {
         h.replies[4] = {"c4", "k4", 0, "", ""};
         h.replies.push_back({"c5", "k4", 503, "", "Done: run-1."});
         in_all(h, 1, [](Record& record) { record.correlation = "c5"; });
         in_all(h, 2, [](Record& record) { record.correlation = "c4"; });
     }},
    {{"ONE-SPRINT", "AUDIT-EXACT"},
     "two sprints of one intent",
     [](History& h) { h.sprints.push_back({"P-S02", "P-S01", "completed"}); }},
    {{"ONE-SPRINT"},
     "two active sprints, each with its record",
     [](History& h) {
         h.sprints.push_back({"P-S02", "P-S02", "in_progress"});
         in_all(h, 2, [](Record& record) {
             record.created_sprint = true;
             record.sprint = "P-S02";
         });
     }},
    {{"HONEST"},
     "200 for what is not kept",
     [](History& h) { h.replies.push_back({"c9", "", 200, "d9", ""}); }},
    {{"HONEST"},
     "200 that names no decision",
     [](History& h) { h.replies.push_back({"c9", "", 200, "", "created"}); }},
    {{"HONEST"},
     "an error that hides what was done",
     [](History& h) { h.replies[3].body = "Something went wrong."; }},
    {{"HONEST"},
     "an error that names the sprint of a decision that made a CronJob, too",
     [](History& h) { h.replies[3].body = "Done: Found sprint P-S01."; }},
    {{"HONEST"},
     "an error that names the CronJob of a decision that created its sprint, too",
     [](History& h) { h.replies[0] = {"c1", "k1", 503, "", "Done: run-1."}; }},
    {{"HONEST"},
     "an answer that keeps quiet about the CronJob",
     [](History& h) { h.replies[2].said->cronjob.clear(); }},
    {{"HONEST"},
     "an answer that denies the CronJob",
     [](History& h) { h.replies[2].said->cronjob_created = false; }},
    {{"HONEST"},
     "an answer that tells of a CronJob that was only found",
     [](History& h) { h.replies[4].said->cronjob = "run-1"; }},
    {{"HONEST"},
     "an answer that names another sprint",
     [](History& h) { h.replies[2].said->sprint = "P-S02"; }},
    {{"NO-SECRET"},
     "a password in a log",
     [](History& h) { h.outputs.push_back({"dsm.log", "password=hunter2"}); }},
    {{"NO-SECRET"},
     "a password in a version of an object that was there for a moment",
     [](History& h) {
         h.outputs.push_back({"the cluster's watch", "{\"name\":\"P\",\"value\":\"hunter2\"}\n{}"});
     }},
    {{"NO-SECRET"},
     "a password in an answer",
     [](History& h) { h.replies[1].body = h.replies[2].body = "created with hunter2"; }},
    {{"NO-SECRET"},
     "a password in an error text",
     [](History& h) { h.replies.push_back({"c9", "", 503, "", "cannot log in with hunter2"}); }},
    {{"DRAIN-EXIT"}, "too slow an end", [](History& h) { h.drains.push_back({0, 6s}); }},
    {{"DRAIN-EXIT"}, "an end by a signal", [](History& h) { h.drains.push_back({143, 1s}); }},
    {{"DRAIN-EXIT"}, "no end at all", [](History& h) { h.drains.push_back({-1, 8s}); }},
    {{"RECOVER"}, "a start that took too long", [](History& h) { h.starts.push_back({true, 3s}); }},
    {{"RECOVER"},
     "a start that computed for too long",
     [](History& h) { h.starts.push_back({true, 1s, 3s}); }},
    {{"RECOVER"},
     "a start that never was ready",
     [](History& h) { h.starts.push_back({false, 1s}); }},
};

TEST(History, EachBreachIsCaughtByTheNameOfItsPromiseAndOfNoOther) {
    for (const Spoiled& one : kSpoiled) {
        History history = good();
        one.spoil(history);
        const auto breaches = check(history);

        std::set<std::string> named;
        for (const Breach& breach : breaches) named.insert(breach.promise);
        EXPECT_EQ(named, one.promises) << one.how << "\n" << describe(breaches);
    }
}

TEST(History, ADecisionThatARetryLedForOthersIsNotOfItsKey) {
    History others_heard = good();
    others_heard.replies.push_back({"c4", "k1", 503, "", "Too late."});
    in_all(others_heard, 2, [](Record& record) { record.correlation = "c4"; });
    History it_heard_its_own = good();
    it_heard_its_own.replies[4] = {"c3", "", 0, "", ""};
    it_heard_its_own.replies.push_back({"c4", "k1", 200, "d1", "created"});
    in_all(it_heard_its_own, 2, [](Record& record) { record.correlation = "c4"; });

    EXPECT_EQ(describe(check(others_heard)), "");
    EXPECT_EQ(describe(check(it_heard_its_own)), "");
}

TEST(History, OfAStartOnABusyMachineThatComputedForTooLongIsABreachAllTheSame) {
    History slow = good();
    slow.starts = {{true, 5s, 200ms}};
    History computing = good();
    computing.starts = {{true, 5s, 3s}};

    EXPECT_EQ(describe(check(slow, kOnABusyMachine)), "");
    EXPECT_EQ(describe(check(computing, kOnABusyMachine)),
              "RECOVER: ready after 5000 ms, 3000 ms of a core\n");
}

TEST(History, EachPromiseThatItIsHeldAgainstIsBrokenAloneBySomething) {
    for (const char* promise :
         {"ONE-CRON", "HANDS-OFF", "AUDIT-EXACT", "EVENT-ONCE", "OUTBOX-NO-SKIP", "POST-IDEMPOTENT",
          "ONE-SPRINT", "HONEST", "NO-SECRET", "DRAIN-EXIT", "RECOVER"}) {
        const std::set<std::string> alone{promise};
        EXPECT_NE(std::ranges::find(kSpoiled, alone, &Spoiled::promises), std::end(kSpoiled))
            << promise;
    }
}

}  // namespace
}  // namespace dsm::chaos
