// The list of points, and what is done at an armed one.
#include "libs/failpoint/failpoint.hpp"

#ifdef DSM_FAILPOINTS

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <utility>

#include "libs/failpoint/plan.hpp"

namespace dsm::failpoint {
inline namespace compiled_in {
namespace {

/// Constant-initialised, so it is there before the first Point of any file.
constinit const Point* g_latest = nullptr;
constinit std::mutex g_counting;

[[noreturn]] void refuse(const std::string& why) {
    std::fprintf(stderr, "DSM_FAILPOINTS: %s\n", why.c_str());
    std::fflush(stderr);
    ::_exit(2);
}

/// Whoever armed it can tell that it was reached. Unbuffered: the line outlives a kill.
void tell_struck(const char* name, std::string_view subject) {
    std::string line = fmt::format("DSM_FAILPOINTS: {}", name);
    if (!subject.empty()) line += fmt::format("[{}]", subject);
    std::fprintf(stderr, "%s struck\n", line.c_str());
}

Plan plan_of_environment() {
    const char* text = std::getenv("DSM_FAILPOINTS");
    auto orders = parse_orders(text == nullptr ? "" : text);
    if (!orders) refuse(orders.error().message);
    const auto known = all_points();
    for (const Order& order : *orders) {
        if (!std::ranges::binary_search(known, order.point)) {
            refuse(fmt::format("there is no point {} (`dsm failpoints` lists them)", order.point));
        }
    }
    return Plan(std::move(*orders));
}

/// Read at the first hit, when every Point has been made.
Plan& plan() {
    static Plan plan = plan_of_environment();
    return plan;
}

}  // namespace

Point::Point(const char* name) : name_(name), next_(std::exchange(g_latest, this)) {}

Effect Point::hit(std::string_view subject) const {
    Plan& orders = plan();
    if (orders.empty()) return Effect::kNone;
    const Order* order = nullptr;
    {
        const std::lock_guard lock(g_counting);
        order = orders.next(name_, subject);
    }
    if (order == nullptr) return Effect::kNone;
    tell_struck(name_, subject);
    switch (order->deed) {
        case Deed::kKill:
            ::kill(::getpid(), SIGKILL);
            while (true) ::pause();
        case Deed::kDelay:
            std::this_thread::sleep_for(order->delay);
            return Effect::kNone;
        case Deed::kError:
            return Effect::kError;
        case Deed::kLostReply:
            return Effect::kLostReply;
    }
    return Effect::kNone;
}

bool Point::armed(std::string_view subject) const {
    const Plan& orders = plan();
    if (orders.empty()) return false;
    const std::lock_guard lock(g_counting);
    return orders.has(name_, subject);
}

std::vector<std::string> all_points() {
    std::vector<std::string> names;
    for (const Point* point = g_latest; point != nullptr; point = point->next_) {
        names.emplace_back(point->name_);
    }
    std::ranges::sort(names);
    const auto repeated = std::ranges::unique(names);
    names.erase(repeated.begin(), repeated.end());
    return names;
}

}  // namespace compiled_in
}  // namespace dsm::failpoint

#endif
