// What the environment asks for, as data: read from one line of text, asked at every hit.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/result.hpp"

namespace dsm::failpoint {

enum class Deed { kKill, kError, kLostReply, kDelay };

struct Order {
    std::string point;
    std::string subject;  ///< empty: any
    Deed deed = Deed::kKill;
    std::chrono::milliseconds delay{0};
    int first = 1;  ///< the hit that it befalls
    bool repeatedly = false;
};

/// The grammar of failpoint.hpp. kInvalid names the entry that cannot be read.
Result<std::vector<Order>> parse_orders(std::string_view text);

/// Counts hits. Not safe from several threads.
class Plan {
public:
    explicit Plan(std::vector<Order> orders) : orders_(std::move(orders)), hits_(orders_.size()) {}

    bool empty() const { return orders_.empty(); }
    const std::vector<Order>& orders() const { return orders_; }
    /// The order that befalls this hit, the first of several; nullptr for none.
    const Order* next(std::string_view point, std::string_view subject);
    /// Whether one would befall it, without counting a hit.
    bool has(std::string_view point, std::string_view subject) const;

private:
    std::vector<Order> orders_;
    std::vector<int> hits_;
};

}  // namespace dsm::failpoint
