// Says whether a store can be read and written. Internal to libs/sql.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "libs/rt/clock.hpp"
#include "libs/sql/condition.hpp"
#include "libs/sql/connector.hpp"
#include "libs/sql/migrations.hpp"
#include "libs/sql/reach.hpp"

namespace dsm::sql {

class SessionPool;

/// Takes note of what happens to real transactions, and for a while after it was asked looks each
/// second by itself, on a thread and a session of its own, so that it waits for nobody else's work.
/// Safe from any thread, and quick on all of them: only whether a file can be read is found out
/// while one caller of `ask` waits; the others are told what is known. A look that takes longer
/// than `late` makes the store ill until it ends.
class HealthProbe {
public:
    explicit HealthProbe(Connector& connector,
                         std::chrono::milliseconds late = std::chrono::seconds(3));
    ~HealthProbe();

    /// What the store has to hold from now on.
    void expect(Schema schema);

    bool ask();
    /// The same from what is known already: waits for nothing, not even for a file.
    bool last_known();
    /// What is wrong, a sentence for clients; empty when nothing is known to be.
    std::string ailment();

    void note_commit();
    void note(const Failure& failure);
    /// A server answered a transaction that began at `begun`.
    void note_answer(rt::Steady begun);
    /// A transaction, its repeats included, failed for what its last try, begun at `begun`, met.
    void note_loss(const Failure& failure, rt::Steady begun);

private:
    rt::Steady note_question();
    bool is_well(rt::Steady now) const;
    bool can_read();
    struct Sight;
    Sight look(bool write, const Schema& expected);
    Sight look_once(bool write, const Schema& expected);
    void learn(const Sight& seen, rt::Steady begun);
    void look_while_asked(std::stop_token stop);
    bool is_late(rt::Steady now) const;

    Connector& connector_;
    const std::unique_ptr<SessionPool> readers_;
    const std::unique_ptr<SessionPool> writers_;
    const std::chrono::milliseconds late_;
    rt::SystemClock clock_;
    std::mutex mutex_;
    std::mutex reading_;  ///< who holds it reads for `ask`; nobody waits for it
    std::condition_variable_any asked_changed_;
    Condition condition_;
    Reach reach_;           ///< of a server
    bool readable_ = true;  ///< a file
    Schema expected_;
    std::string lacking_;  ///< a sentence; empty when all is there
    std::optional<rt::Steady> asked_;
    std::optional<rt::Steady> read_;
    std::optional<rt::Steady> looking_since_;
    std::jthread thread_;  ///< last: it uses the members above; begins with the first question
};

}  // namespace dsm::sql
