// Partition, sort and interleave, as the real library does it.
#include "cluster/objects/patch/strategic_lists.hpp"

#include <algorithm>

namespace dsm::cluster {
namespace {

/// Position by key or value; -1 if it is not there.
std::ptrdiff_t position(const json::array& list, const json::value& element, std::string_view key) {
    const auto found = std::ranges::find_if(
        list, [&](const auto& each) { return same_element(each, element, key); });
    return found == list.end() ? -1 : found - list.begin();
}

json::array sorted_by(json::array elements, const json::array& order, std::string_view key) {
    std::vector<std::pair<std::ptrdiff_t, json::value>> placed;
    for (auto& each : elements) {
        const auto at = position(order, each, key);
        placed.emplace_back(at, std::move(each));
    }
    std::vector<std::size_t> index(placed.size());
    for (std::size_t i = 0; i < index.size(); ++i) index[i] = i;
    std::ranges::sort(index, [&](std::size_t a, std::size_t b) {
        return std::pair{placed[a].first, a} < std::pair{placed[b].first, b};
    });
    json::array out;
    for (auto i : index) out.push_back(std::move(placed[i].second));
    return out;
}

}  // namespace

bool same_element(const json::value& a, const json::value& b, std::string_view key) {
    if (key.empty() || !a.is_object() || !b.is_object()) return a == b;
    const auto* left = a.get_object().if_contains(key);
    const auto* right = b.get_object().if_contains(key);
    return left && right && *left == *right;
}

json::array order_elements(const json::array& merged, const json::array& named,
                           const json::array& before, std::string_view key) {
    json::array ours;
    json::array theirs;
    for (const auto& each : merged) {
        (position(named, each, key) >= 0 ? ours : theirs).push_back(each);
    }
    ours = sorted_by(std::move(ours), named, key);
    theirs = sorted_by(std::move(theirs), before, key);
    json::array out;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < theirs.size() || j < ours.size()) {
        bool take_theirs = j >= ours.size();
        if (i < theirs.size() && j < ours.size()) {
            const auto left = position(before, theirs[i], key);
            const auto right = position(before, ours[j], key);
            take_theirs = left >= 0 && right >= 0 && left < right;
        }
        out.push_back(take_theirs ? theirs[i++] : ours[j++]);
    }
    return out;
}

std::string go_print(const json::value& value) {
    if (value.is_null()) return "<nil>";
    if (value.is_string()) return std::string(value.get_string());
    if (const auto* array = value.if_array()) {
        std::string out = "[";
        for (const auto& each : *array) out += (out.size() > 1 ? " " : "") + go_print(each);
        return out + "]";
    }
    if (value.is_object()) {
        std::string out = "map[";
        const auto ordered = sorted(value);
        for (const auto& [name, each] : ordered.get_object()) {
            if (out.size() > 4) out += ' ';
            out += std::string(name) + ":" + go_print(each);
        }
        return out + "]";
    }
    return json::serialize(value);
}

}  // namespace dsm::cluster
