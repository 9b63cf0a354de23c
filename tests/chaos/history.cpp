#include "tests/chaos/history.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace dsm::chaos {
namespace {

using Breaches = std::vector<Breach>;

void add(Breaches& breaches, std::string promise, std::string what) {
    breaches.push_back({std::move(promise), std::move(what)});
}

bool is_added(const ObjectVersion& version) {
    return version.change == "ADDED";
}

std::map<std::string, int> count_decisions(const std::vector<Record>& records) {
    std::map<std::string, int> counts;
    for (const Record& record : records) ++counts[record.decision];
    return counts;
}

int count_of(const std::map<std::string, int>& counts, const std::string& decision) {
    const auto found = counts.find(decision);
    return found == counts.end() ? 0 : found->second;
}

/// At most one CronJob an identity at every version.
void check_one_cron(const History& history, Breaches& breaches) {
    std::map<std::string, std::set<std::string>> alive;
    for (const ObjectVersion& version : history.objects) {
        if (!version.ours) continue;
        auto& uids = alive[version.identity];
        if (version.change == "DELETED") {
            uids.erase(version.uid);
            continue;
        }
        uids.insert(version.uid);
        if (uids.size() < 2) continue;
        add(breaches, "ONE-CRON",
            fmt::format("{} has {} CronJobs at once", version.identity, uids.size()));
    }
}

/// What lacks our label never changes and never gets it; what we made goes only when somebody else
/// deletes it.
void check_hands_off(const History& history, Breaches& breaches) {
    std::set<std::string> ours;
    for (const ObjectVersion& version : history.objects) {
        if (is_added(version)) {
            if (version.ours) ours.insert(version.uid);
            continue;
        }
        const bool deleted = version.change == "DELETED";
        if (deleted && history.removed_by_others.contains(version.uid)) continue;
        if (!deleted && version.ours && ours.contains(version.uid)) continue;
        add(breaches, "HANDS-OFF", fmt::format("{} of {}", version.change, version.name));
    }
}

bool tells_the_same(const Record& one, const Record& other) {
    return one.created_sprint == other.created_sprint && one.sprint == other.sprint &&
           one.cronjob == other.cronjob;
}

/// Whatever tells of a decision tells what its audit tells, and of no decision that is not kept.
void check_one_truth(const History& history, Breaches& breaches) {
    const std::set<std::string> kept(history.decisions.begin(), history.decisions.end());
    std::map<std::string, const Record*> audits;
    for (const Record& audit : history.audits) audits[audit.decision] = &audit;
    const auto look = [&](const char* promise, const char* where,
                          const std::vector<Record>& records) {
        for (const Record& record : records) {
            if (!kept.contains(record.decision)) {
                add(breaches, promise,
                    fmt::format("a {} of decision {}, which is not kept", where, record.decision));
            }
            const auto audit = audits.find(record.decision);
            if (audit == audits.end() || tells_the_same(record, *audit->second)) continue;
            add(breaches, "AUDIT-EXACT",
                fmt::format("{} and audit of decision {} differ", where, record.decision));
        }
    };
    look("AUDIT-EXACT", "note", history.notes);
    look("AUDIT-EXACT", "audit", history.audits);
    look("EVENT-ONCE", "event", history.events);
}

/// Each effect has one record, which names it, no record is without its effect, and no decision
/// makes its CronJob again.
void check_audit_exact(const History& history, Breaches& breaches) {
    const auto notes = count_decisions(history.notes);
    const auto audits = count_decisions(history.audits);
    std::set<std::string> told;
    for (const Record& audit : history.audits) told.insert(audit.decision + " " + audit.cronjob);
    std::set<std::string> made;
    for (const ObjectVersion& version : history.objects) {
        if (!version.ours || !is_added(version)) continue;
        const std::string act = version.decision + " " + version.name;
        if (!made.insert(act).second) {
            add(breaches, "AUDIT-EXACT",
                fmt::format("decision {} made CronJob {} twice", version.decision, version.name));
        }
        if (!told.contains(act)) {
            add(breaches, "AUDIT-EXACT",
                fmt::format("no audit of decision {} names CronJob {}", version.decision,
                            version.name));
        }
        if (count_of(audits, version.decision) == 1 && count_of(notes, version.decision) == 1) {
            continue;
        }
        add(breaches, "AUDIT-EXACT",
            fmt::format("CronJob {} of decision {} has {} audits and {} notes", version.name,
                        version.decision, count_of(audits, version.decision),
                        count_of(notes, version.decision)));
    }
    for (const auto* records : {&history.notes, &history.audits}) {
        for (const Record& record : *records) {
            if (count_of(audits, record.decision) != 1 || count_of(notes, record.decision) != 1) {
                add(breaches, "AUDIT-EXACT",
                    fmt::format("decision {} has {} audits and {} notes", record.decision,
                                count_of(audits, record.decision),
                                count_of(notes, record.decision)));
            }
            if (record.cronjob.empty() || made.contains(record.decision + " " + record.cronjob)) {
                continue;
            }
            add(breaches, "AUDIT-EXACT",
                fmt::format("decision {} says it created {}, and did not", record.decision,
                            record.cronjob));
        }
    }
}

void check_sprints(const History& history, Breaches& breaches) {
    std::map<std::string, int> told;
    for (const Record& audit : history.audits) {
        if (audit.created_sprint) ++told[audit.sprint];
    }
    std::map<std::string, int> names;
    int active = 0;
    for (const SprintSeen& sprint : history.sprints) {
        active += sprint.status == "in_progress" ? 1 : 0;
        if (++names[sprint.name] == 2) {
            add(breaches, "ONE-SPRINT", fmt::format("two sprints are named {}", sprint.name));
        }
        const int times = told[sprint.id];
        told.erase(sprint.id);
        if (times == 1) continue;
        add(breaches, "AUDIT-EXACT",
            fmt::format("sprint {} was created by {} decisions", sprint.id, times));
    }
    if (active > 1) add(breaches, "ONE-SPRINT", fmt::format("{} sprints are active", active));
    for (const auto& [sprint, times] : told) {
        add(breaches, "AUDIT-EXACT", fmt::format("sprint {} was told of and is not", sprint));
    }
}

/// Each decision once in the stream, in the order in which they were taken.
void check_events(const History& history, Breaches& breaches) {
    const auto counts = count_decisions(history.events);
    for (const auto& [decision, times] : counts) {
        if (times == 1) continue;
        add(breaches, "EVENT-ONCE",
            fmt::format("decision {} is {} times in the stream", decision, times));
    }
    std::vector<std::string> order;
    for (const Record& event : history.events) {
        if (std::ranges::find(order, event.decision) == order.end()) {
            order.push_back(event.decision);
        }
    }
    std::vector<std::string> expected;
    for (const std::string& decision : history.decisions) {
        if (counts.contains(decision)) expected.push_back(decision);
    }
    std::erase_if(order, [&](const std::string& decision) {
        return std::ranges::find(history.decisions, decision) == history.decisions.end();
    });
    if (order != expected) add(breaches, "EVENT-ONCE", "the stream has another order");
}

/// What was recorded was delivered, all of it.
void check_no_skip(const History& history, Breaches& breaches) {
    if (!history.rested) {
        add(breaches, "OUTBOX-NO-SKIP",
            fmt::format("it did not come to rest: {} decisions, {} events, {} notes, {} audits",
                        history.decisions.size(), history.events.size(), history.notes.size(),
                        history.audits.size()));
    }
    const auto look = [&](const char* where, const std::vector<Record>& records) {
        const auto counts = count_decisions(records);
        for (const std::string& decision : history.decisions) {
            if (counts.contains(decision)) continue;
            add(breaches, "OUTBOX-NO-SKIP", fmt::format("decision {} has no {}", decision, where));
        }
    };
    look("event", history.events);
    look("note", history.notes);
    look("audit", history.audits);
}

/// A retry whose answer is kept may lead the flight of others who ask at the same moment, and what
/// is decided for them has its correlation.
bool is_of_others(const History& history, const Record& audit, const std::string& key) {
    return std::ranges::any_of(history.replies, [&](const Reply& reply) {
        if (reply.status != 200) return false;
        const bool same = reply.decision == audit.decision;
        return reply.correlation == audit.correlation ? !same : same && reply.key != key;
    });
}

/// Retries with one key are one decision, those included whose client heard nothing of it, and one
/// answer.
void check_idempotent(const History& history, Breaches& breaches) {
    std::map<std::string, std::string> key_of;  // by correlation
    std::map<std::string, std::set<std::string>> decisions;
    std::map<std::string, std::set<std::string>> answers;
    for (const Reply& reply : history.replies) {
        if (reply.key.empty()) continue;
        key_of[reply.correlation] = reply.key;
        if (reply.status != 200) continue;
        decisions[reply.key].insert(reply.decision);
        answers[reply.key].insert(reply.body);
    }
    for (const Record& audit : history.audits) {
        const auto key = key_of.find(audit.correlation);
        if (key == key_of.end() || is_of_others(history, audit, key->second)) continue;
        decisions[key->second].insert(audit.decision);
    }
    for (const auto& [key, made] : decisions) {
        if (made.size() < 2) continue;
        add(breaches, "POST-IDEMPOTENT",
            fmt::format("key {} is decisions {}", key, fmt::join(made, " and ")));
    }
    for (const auto& [key, given] : answers) {
        if (given.size() < 2) continue;
        add(breaches, "POST-IDEMPOTENT",
            fmt::format("key {} got answers {}", key, fmt::join(given, " and ")));
    }
}

/// The decision that it was begun under, or all that it did.
bool names_effects(const Reply& reply, const Record& audit) {
    const auto says = [&](const std::string& what) { return reply.body.contains(what); };
    return says(audit.decision) ||
           ((!audit.created_sprint || says(audit.sprint)) && says(audit.cronjob));
}

/// An answer tells what the audit of its decision tells.
void check_answer(const Reply& reply, const History& history, Breaches& breaches) {
    const auto audit = std::ranges::find(history.audits, reply.decision, &Record::decision);
    if (!reply.said || audit == history.audits.end()) return;
    const Said expected{.sprint = audit->created_sprint ? audit->sprint : std::string(),
                        .cronjob = audit->cronjob,
                        .cronjob_created = !audit->cronjob.empty()};
    if (*reply.said == expected) return;
    add(breaches, "HONEST",
        fmt::format("the answer to {} and the audit of decision {} differ: {}", reply.correlation,
                    reply.decision, reply.body));
}

/// 2xx only after the durable point; an error names the effects already done.
void check_honest(const History& history, Breaches& breaches) {
    for (const Reply& reply : history.replies) {
        if (reply.status == 200) check_answer(reply, history, breaches);
        if (reply.status == 200 &&
            std::ranges::find(history.decisions, reply.decision) == history.decisions.end()) {
            add(breaches, "HONEST",
                fmt::format("200 for decision {}, which is not kept", reply.decision));
        }
        if (reply.status == 0 || reply.status == 200) continue;
        for (const Record& audit : history.audits) {
            const bool acted = audit.created_sprint || !audit.cronjob.empty();
            if (audit.correlation != reply.correlation || !acted) continue;
            if (names_effects(reply, audit)) continue;
            add(breaches, "HONEST",
                fmt::format("{} for {} does not name all that decision {} did: {}", reply.status,
                            reply.correlation, audit.decision, reply.body));
        }
    }
}

/// No token and no password in anything that the system shows.
void check_no_secret(const History& history, Breaches& breaches) {
    const auto look = [&](const std::string& where, const std::string& text) {
        const auto stands = [&](const std::string& secret) {
            return !secret.empty() && text.find(secret) != std::string::npos;
        };
        if (std::ranges::none_of(history.secrets, stands)) return;
        add(breaches, "NO-SECRET", "a secret stands in " + where);
    };
    for (const Output& output : history.outputs) look(output.where, output.text);
    for (const Reply& reply : history.replies)
        look("the reply to " + reply.correlation, reply.body);
}

void check_process(const History& history, const Limits& limits, Breaches& breaches) {
    for (const Drain& drain : history.drains) {
        if (drain.exit_code == 0 && drain.took <= limits.drain) continue;
        add(breaches, "DRAIN-EXIT",
            fmt::format("SIGTERM: exit {} after {} ms", drain.exit_code, drain.took.count()));
    }
    for (const Start& start : history.starts) {
        const bool in_time = start.took <= limits.ready && start.computed <= limits.computed;
        if (start.ready && in_time) continue;
        add(breaches, "RECOVER",
            fmt::format("{} after {} ms, {} ms of a core", start.ready ? "ready" : "not ready",
                        start.took.count(), start.computed.count()));
    }
}

}  // namespace

std::vector<Breach> check(const History& history, const Limits& limits) {
    Breaches breaches;
    check_one_cron(history, breaches);
    check_hands_off(history, breaches);
    check_audit_exact(history, breaches);
    check_one_truth(history, breaches);
    check_events(history, breaches);
    check_no_skip(history, breaches);
    check_idempotent(history, breaches);
    check_sprints(history, breaches);
    check_honest(history, breaches);
    check_no_secret(history, breaches);
    check_process(history, limits, breaches);
    return breaches;
}

std::string outputs_of(const History& history) {
    std::string all;
    for (const Output& output : history.outputs) {
        all += fmt::format("== {}\n{}\n", output.where, output.text);
    }
    return all;
}

std::string describe(const std::vector<Breach>& breaches) {
    std::string text;
    for (const Breach& breach : breaches) {
        text += fmt::format("{}: {}\n", breach.promise, breach.what);
    }
    return text;
}

}  // namespace dsm::chaos
