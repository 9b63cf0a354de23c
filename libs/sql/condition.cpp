#include "libs/sql/condition.hpp"

namespace dsm::sql {

void Condition::wrote(rt::Steady now) {
    written_ = now;
    locked_since_.reset();
    if (harm_ == Harm::kDamaged) return;
    harm_ = Harm::kNone;
    why_.clear();
}

void Condition::failed(const Failure& failure) {
    if (failure.harm == Harm::kNone || harm_ == Harm::kDamaged) return;
    harm_ = failure.harm;
    why_ = failure.error.cause;
}

void Condition::trial_failed(const Failure& failure, rt::Steady now) {
    if (failure.harm != Harm::kHeld) return failed(failure);
    if (!locked_since_) locked_since_ = now;
    if (now - *locked_since_ >= kHeldFor) failed(failure);
}

bool Condition::write_is_due(rt::Steady now) const {
    if (harm_ == Harm::kDamaged) return false;
    return !is_well() || locked_since_ || now - written_ >= kQuiet;
}

}  // namespace dsm::sql
