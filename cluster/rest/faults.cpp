// The list of faults and of requests seen, behind one mutex.
#include "cluster/faults.hpp"

#include <algorithm>
#include <utility>

namespace dsm::cluster {

namespace {
constexpr std::size_t kSeenLimit = 10'000;
}

void Faults::add(Fault fault) {
    std::lock_guard lock(mutex_);
    faults_.push_back(std::move(fault));
}

void Faults::clear() {
    std::lock_guard lock(mutex_);
    faults_.clear();
}

std::optional<Fault> Faults::take(std::string_view method, std::string_view target) {
    std::lock_guard lock(mutex_);
    if (seen_.size() >= kSeenLimit) seen_.erase(seen_.begin(), seen_.begin() + kSeenLimit / 2);
    seen_.push_back(std::string(method) + " " + std::string(target));
    const auto hit = std::ranges::find_if(faults_, [&](const Fault& fault) {
        return (fault.method.empty() || fault.method == method) &&
               target.find(fault.path_contains) != std::string_view::npos;
    });
    if (hit == faults_.end()) return std::nullopt;
    Fault fault = *hit;
    if (hit->times > 0 && --hit->times == 0) faults_.erase(hit);
    return fault;
}

std::vector<std::string> Faults::seen() const {
    std::lock_guard lock(mutex_);
    return seen_;
}

}  // namespace dsm::cluster
