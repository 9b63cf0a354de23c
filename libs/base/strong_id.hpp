// An opaque, case-sensitive identifier with a type of its own, so that two kinds cannot be swapped.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace dsm {

/// `struct ProjectTag; using ProjectId = StrongId<ProjectTag>;`
template <class Tag>
class StrongId {
public:
    StrongId() = default;
    explicit StrongId(std::string value) : value_(std::move(value)) {}

    const std::string& str() const { return value_; }
    bool empty() const { return value_.empty(); }

    friend auto operator<=>(const StrongId&, const StrongId&) = default;

private:
    std::string value_;
};

}  // namespace dsm

template <class Tag>
struct std::hash<dsm::StrongId<Tag>> {
    std::size_t operator()(const dsm::StrongId<Tag>& id) const {
        return std::hash<std::string>{}(id.str());
    }
};
