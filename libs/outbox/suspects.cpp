// Evidence is a refusal before and after which the receiver took something else.
#include "libs/outbox/suspects.hpp"

#include <algorithm>

namespace dsm::outbox {

void Suspects::know(const std::vector<Refused>& refused, rt::Steady now) {
    std::map<std::int64_t, Suspect> known;
    for (const auto& each : refused) {
        if (auto found = suspects_.extract(each.row)) {
            known.insert(std::move(found));
            continue;
        }
        known.emplace(each.row, Suspect{.order_key = each.order_key,
                                        .refusals = each.refusals,
                                        .held = each.held,
                                        .since = now,
                                        .next_try = now,
                                        .taken_before = taken_});
    }
    suspects_ = std::move(known);
}

std::vector<std::int64_t> Suspects::due(const std::set<std::string>& next_keys,
                                        rt::Steady now) const {
    std::vector<std::int64_t> rows;
    std::set<std::string> later;
    for (const auto& [row, suspect] : suspects_) {
        if (later.contains(suspect.order_key)) continue;
        if (suspect.next_try <= now || next_keys.contains(suspect.order_key)) {
            rows.push_back(row);
        } else {
            later.insert(suspect.order_key);
        }
    }
    return rows;
}

Suspects::Verdict Suspects::refused(std::int64_t row, const std::string& order_key,
                                    rt::Steady now) {
    auto [place, is_new] = suspects_.try_emplace(row);
    auto& suspect = place->second;
    if (is_new) {
        suspect.order_key = order_key;
        suspect.since = now;
    } else if (taken_ > suspect.taken_before) {
        ++suspect.contradicted;
    }
    suspect.taken_before = taken_;
    const int doublings = std::min(suspect.refusals++, 16);
    suspect.next_try = now + std::min<rt::Steady::duration>(
                                 suspicion_.first_wait * (1 << doublings), suspicion_.longest_wait);
    const bool long_enough =
        suspect.refusals >= suspicion_.refusals && now - suspect.since >= suspicion_.lasts;
    if (long_enough) suspect.held = false;
    if (long_enough && suspect.contradicted >= suspicion_.contradicted) {
        suspects_.erase(place);
        return Verdict::kPark;
    }
    return suspect.held ? Verdict::kHold : Verdict::kRelease;
}

void Suspects::taken(std::int64_t row, rt::Steady now) {
    ++taken_;
    if (suspects_.erase(row) == 0) return;
    // The receiver has changed its mind: what it said before counts for nothing.
    for (auto& [other, suspect] : suspects_) {
        suspect.contradicted = 0;
        suspect.taken_before = taken_;
        suspect.next_try = now;
    }
}

bool Suspects::holds(const std::string& order_key) const {
    return std::ranges::any_of(suspects_, [&](const auto& each) {
        return each.second.held && each.second.order_key == order_key;
    });
}

bool Suspects::is_ill() const {
    const auto since_one_was_taken = std::ranges::count_if(
        suspects_, [&](const auto& each) { return each.second.taken_before == taken_; });
    return since_one_was_taken >= suspicion_.ill_after;
}

std::size_t Suspects::fresh_allowed(std::size_t wanted) const {
    if (!is_ill()) return wanted;
    const bool all_known =
        std::ranges::none_of(suspects_, [](const auto& each) { return each.second.held; });
    return all_known ? 1 : 0;
}

}  // namespace dsm::outbox
