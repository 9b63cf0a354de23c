#include "libs/sql/reach.hpp"

namespace dsm::sql {

void Reach::answered(rt::Steady begun) {
    if (begun < sought_) return;
    sought_ = begun;
    answered_ = begun;
    lost_ = false;
    why_.clear();
}

void Reach::failed(const Failure& failure, rt::Steady begun) {
    if (!failure.unreachable() || begun < sought_) return;
    if (failure.refused && begun - answered_ < kRefusedFor) return;
    sought_ = begun;
    lost_ = true;
    why_ = failure.error.cause;
}

}  // namespace dsm::sql
