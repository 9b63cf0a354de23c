// Whether a server can be used, by what happened to those who lately tried. Internal to libs/sql.
#pragma once

#include <chrono>
#include <string>

#include "libs/rt/clock.hpp"
#include "libs/sql/connector.hpp"

namespace dsm::sql {

/// Pure: no clock, no lock. Of two pieces of news the one counts that was sought later, in whatever
/// order they arrive: what began before the server ended, or before it came back, is no news.
class Reach {
public:
    /// A server that answers and gives no new session may still serve those that it gave before: it
    /// counts as lost when none of them had an answer for this long.
    static constexpr std::chrono::seconds kRefusedFor{5};
    /// A session's first statement that is cut sooner says nothing of the server.
    static constexpr std::chrono::seconds kFirstAnswer{1};

    explicit Reach(rt::Steady opened) : sought_(opened), answered_(opened) {}

    /// The server answered somebody who asked at `begun`.
    void answered(rt::Steady begun);
    /// Who asked at `begun` failed for good. What says nothing of the server changes nothing: a
    /// slow statement, a conflict.
    void failed(const Failure& failure, rt::Steady begun);

    /// True if it answered somebody who asked at `moment` or later.
    bool answered_since(rt::Steady moment) const { return answered_ >= moment; }
    bool is_lost() const { return lost_; }
    /// A sentence for clients; empty when it is not lost, or nobody knows.
    const std::string& why() const { return why_; }

private:
    rt::Steady sought_;
    rt::Steady answered_;
    bool lost_ = false;
    std::string why_;
};

}  // namespace dsm::sql
