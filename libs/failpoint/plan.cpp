#include "libs/failpoint/plan.hpp"

#include <charconv>
#include <optional>

namespace dsm::failpoint {
namespace {

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::optional<int> number_of(std::string_view text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
    return number;
}

/// "@3+" and its like, cut off the end of `text`.
bool read_count(std::string_view& text, Order& order) {
    const auto at = text.find('@');
    if (at == text.npos) return true;
    std::string_view count = text.substr(at + 1);
    text = text.substr(0, at);
    if (count.ends_with('+')) {
        order.repeatedly = true;
        count.remove_suffix(1);
    }
    const auto first = number_of(count);
    order.first = first.value_or(0);
    return order.first > 0;
}

bool read_deed(std::string_view text, Order& order) {
    if (text == "kill")
        order.deed = Deed::kKill;
    else if (text == "error")
        order.deed = Deed::kError;
    else if (text == "lost-reply")
        order.deed = Deed::kLostReply;
    else if (text.starts_with("delay:")) {
        order.deed = Deed::kDelay;
        const auto ms = number_of(text.substr(6));
        order.delay = std::chrono::milliseconds(ms.value_or(0));
        return ms.has_value();
    } else {
        return false;
    }
    return true;
}

std::optional<Order> parse_order(std::string_view text) {
    const auto equals = text.find('=');
    if (equals == text.npos) return std::nullopt;
    Order order;
    std::string_view point = text.substr(0, equals);
    if (const auto open = point.find('['); open != point.npos) {
        if (!point.ends_with(']')) return std::nullopt;
        order.subject = point.substr(open + 1, point.size() - open - 2);
        point = point.substr(0, open);
    }
    order.point = point;
    std::string_view deed = text.substr(equals + 1);
    const bool good = read_count(deed, order) && read_deed(deed, order) && !point.empty();
    return good ? std::optional(std::move(order)) : std::nullopt;
}

}  // namespace

Result<std::vector<Order>> parse_orders(std::string_view text) {
    std::vector<Order> orders;
    while (!text.empty()) {
        const auto end = text.find(';');
        const std::string_view entry = trimmed(text.substr(0, end));
        text = end == text.npos ? std::string_view{} : text.substr(end + 1);
        if (entry.empty()) continue;
        auto order = parse_order(entry);
        if (!order) {
            return fail(ErrorCode::kInvalid,
                        fmt::format("\"{}\" is no failpoint order: point[subject]=kill|error|"
                                    "lost-reply|delay:MS@n or @n+",
                                    entry));
        }
        orders.push_back(std::move(*order));
    }
    return orders;
}

namespace {

bool concerns(const Order& order, std::string_view point, std::string_view subject) {
    return order.point == point && (order.subject.empty() || order.subject == subject);
}

bool is_due(const Order& order, int hit) {
    return order.repeatedly ? hit >= order.first : hit == order.first;
}

}  // namespace

const Order* Plan::next(std::string_view point, std::string_view subject) {
    const Order* found = nullptr;
    for (std::size_t i = 0; i < orders_.size(); ++i) {
        if (!concerns(orders_[i], point, subject)) continue;
        const bool due = is_due(orders_[i], ++hits_[i]);
        if (due && !found) found = &orders_[i];
    }
    return found;
}

bool Plan::has(std::string_view point, std::string_view subject) const {
    for (std::size_t i = 0; i < orders_.size(); ++i) {
        if (concerns(orders_[i], point, subject) && is_due(orders_[i], hits_[i] + 1)) return true;
    }
    return false;
}

}  // namespace dsm::failpoint
