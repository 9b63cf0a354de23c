// Quick answers about a store that may be slow.
#include "libs/sql/health_probe.hpp"

#include <soci/soci.h>

#include "libs/sql/session_pool.hpp"

namespace dsm::sql {
namespace {

constexpr std::chrono::seconds kBetweenLooks{1};
/// Somebody who asks every 10 s, as Kubernetes does, hears of a look that is a second old.
constexpr std::chrono::seconds kLooksAfterQuestion{30};

}  // namespace

struct HealthProbe::Sight {
    std::optional<Failure> failure;
    std::string lacking;  ///< for `Connector::told`; what is said of it while there is no failure
};

HealthProbe::HealthProbe(Connector& connector, std::chrono::milliseconds late)
    : connector_(connector),
      // One for who asks, one for the looks.
      readers_(std::make_unique<SessionPool>(connector, Access::kGlance, 2)),
      writers_(std::make_unique<SessionPool>(connector, Access::kWrite, 1)),
      late_(late),
      condition_(clock_.steady()),
      reach_(clock_.steady()) {}

HealthProbe::~HealthProbe() = default;

void HealthProbe::expect(Schema schema) {
    std::lock_guard lock(mutex_);
    expected_ = std::move(schema);
}

rt::Steady HealthProbe::note_question() {
    const auto now = clock_.steady();
    asked_ = now;
    if (!thread_.joinable()) {
        thread_ = std::jthread([this](std::stop_token stop) { look_while_asked(stop); });
    }
    asked_changed_.notify_one();
    return now;
}

bool HealthProbe::is_well(rt::Steady now) const {
    return readable_ && !reach_.is_lost() && condition_.is_well() && lacking_.empty() &&
           !is_late(now);
}

bool HealthProbe::last_known() {
    std::lock_guard lock(mutex_);
    return is_well(note_question());
}

bool HealthProbe::ask() {
    std::unique_lock lock(mutex_);
    const auto now = note_question();
    const bool due = !connector_.is_remote() && (!read_ || now - *read_ >= kBetweenLooks);
    std::unique_lock reading(reading_, std::defer_lock);
    if (due && reading.try_lock()) {
        read_ = now;
        lock.unlock();
        const bool readable = can_read();
        lock.lock();
        if (*read_ == now) readable_ = readable;  // else a look that began later has ended
    }
    return is_well(now);
}

std::string HealthProbe::ailment() {
    std::lock_guard lock(mutex_);
    if (!condition_.is_well()) return condition_.why();
    if (!readable_) return connector_.told("cannot be read");
    if (reach_.is_lost()) return reach_.why();
    if (!lacking_.empty()) return lacking_;
    if (is_late(clock_.steady())) return connector_.told(kNoAnswer);
    return {};
}

void HealthProbe::note_commit() {
    std::lock_guard lock(mutex_);
    condition_.wrote(clock_.steady());
}

void HealthProbe::note(const Failure& failure) {
    std::lock_guard lock(mutex_);
    condition_.failed(failure);
    // A look says more, and whether it is so.
    if (failure.table_missing && lacking_.empty()) lacking_ = failure.error.cause;
}

void HealthProbe::note_answer(rt::Steady begun) {
    if (!connector_.is_remote()) return;
    std::lock_guard lock(mutex_);
    reach_.answered(begun);
}

void HealthProbe::note_loss(const Failure& failure, rt::Steady begun) {
    if (!connector_.is_remote()) return;
    std::lock_guard lock(mutex_);
    reach_.failed(failure, begun);
}

bool HealthProbe::can_read() {
    try {
        auto session = readers_->borrow();
        const bool answered = connector_.answers(*session);
        if (!answered) session.drop();
        return answered;
    } catch (const soci::soci_error&) {
        return false;
    }
}

/// One session that has ended, as with a server that was restarted, does not make the store ill.
HealthProbe::Sight HealthProbe::look(bool write, const Schema& expected) {
    const auto begun = clock_.steady();
    auto seen = look_once(write, expected);
    const bool at_once = clock_.steady() - begun < Reach::kFirstAnswer;
    if (seen.failure && seen.failure->session_lost && at_once) seen = look_once(write, expected);
    return seen;
}

HealthProbe::Sight HealthProbe::look_once(bool write, const Schema& expected) {
    try {
        auto session = writers_->borrow();
        try {
            connector_.refuse_read_only(*session);
            auto lacking = connector_.lacking(*session, expected);
            if (write && lacking.empty()) connector_.try_writing(*session);
            return {.failure = {}, .lacking = std::move(lacking)};
        } catch (...) {
            connector_.rollback(*session);
            session.drop();
            throw;
        }
    } catch (const soci::soci_error& error) {
        return {.failure = connector_.classify(error), .lacking = {}};
    }
}

bool HealthProbe::is_late(rt::Steady now) const {
    return looking_since_ && now - *looking_since_ > late_ &&
           !reach_.answered_since(*looking_since_);
}

/// What a look says of the server and of what lies there.
void HealthProbe::learn(const Sight& seen, rt::Steady begun) {
    if (!connector_.is_remote()) return;
    const auto& failure = seen.failure;
    if (!failure) lacking_ = seen.lacking.empty() ? "" : connector_.told(seen.lacking);
    // A failure for another reason, as a transaction in the way, tells nothing.
    if (!failure || failure->harm != Harm::kNone) reach_.answered(begun);
    if (failure) reach_.failed(*failure, begun);
}

void HealthProbe::look_while_asked(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    const auto wanted = [this] {
        return asked_ && clock_.steady() - *asked_ < kLooksAfterQuestion;
    };
    while (asked_changed_.wait(lock, stop, wanted) && !stop.stop_requested()) {
        const auto begun = clock_.steady();
        looking_since_ = begun;
        // A server is written to only where its own word does not settle the matter.
        const bool due = readable_ && !reach_.is_lost() && condition_.write_is_due(begun);
        const bool write = due && (!connector_.is_remote() || !condition_.is_well());
        const auto expected = expected_;
        lock.unlock();
        const auto seen = look(write, expected);
        const bool readable = connector_.is_remote() || can_read();
        lock.lock();
        if (!read_ || *read_ < begun) {
            read_ = begun;
            readable_ = readable;
        }
        const auto now = clock_.steady();
        looking_since_.reset();
        learn(seen, begun);
        if (seen.failure) condition_.trial_failed(*seen.failure, now);
        if (!seen.failure && write && seen.lacking.empty()) condition_.wrote(now);
        asked_changed_.wait_for(lock, stop, kBetweenLooks, [] { return false; });
    }
}

}  // namespace dsm::sql
