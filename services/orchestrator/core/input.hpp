// What a read told us: the value and its age, that there is none, or that we do not know.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <variant>

namespace dsm::orchestrator {

template <class T>
struct Known {
    T value;
    std::chrono::milliseconds age{0};  ///< when decided, since the answer arrived

    bool operator==(const Known&) const = default;
};

/// Whoever would know says that it does not exist.
struct Absent {
    bool operator==(const Absent&) const = default;
};

/// Not read, refused, too late, or nonsense. Never the same as empty: nothing is created, closed or
/// deleted on it.
struct Unknown {
    std::string why = "not read";

    bool operator==(const Unknown&) const = default;
};

template <class T>
using Input = std::variant<Unknown, Absent, Known<T>>;

/// The value, or nullptr.
template <class T>
const T* value_of(const Input<T>& input) {
    const auto* known = std::get_if<Known<T>>(&input);
    return known ? &known->value : nullptr;
}

/// "known", "absent" or "unknown: why".
template <class T>
std::string state_of(const Input<T>& input) {
    if (const auto* unknown = std::get_if<Unknown>(&input)) return "unknown: " + unknown->why;
    return std::holds_alternative<Absent>(input) ? "absent" : "known";
}

}  // namespace dsm::orchestrator
