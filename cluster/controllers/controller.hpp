// A controller does all that is due each time it is called, and says when to call it again.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cluster/registry/registry.hpp"

namespace dsm::cluster {

/// Level-triggered: what it sees in the store is all it needs; missed changes do no harm.
class Controller {
public:
    virtual ~Controller() = default;

    /// Does what is due now. nullopt: nothing to do before the store changes.
    virtual std::optional<std::chrono::milliseconds> turn() = 0;

    /// Ends what it started outside the store.
    virtual void stop() {}
};

/// The sooner of two waits.
inline std::optional<std::chrono::milliseconds> sooner(std::optional<std::chrono::milliseconds> a,
                                                       std::optional<std::chrono::milliseconds> b) {
    if (!a || !b) return a ? a : b;
    return std::min(*a, *b);
}

/// What became of one key since the last look.
struct Seen {
    std::string key;
    Object before;  ///< null when it is new, or first seen
    Object after;   ///< null when it is gone
};

/// One resource's changes since the last look; all its objects at the first one, and again when
/// the history was forgotten meanwhile.
class Feed {
public:
    Feed(const Store& store, std::string_view resource) : store_(store), resource_(resource) {}
    std::vector<Seen> poll();

private:
    const Store& store_;
    std::string resource_;
    Revision cursor_ = 0;
};

/// "/namespace/name" of an object.
std::string key_of(const json::value& object);

/// The reference with `controller: true`, if any.
const json::value* controller_of(const json::value& object);

/// True if the Job's condition of that type is True.
bool has_condition(const json::value& job, std::string_view type);
/// Complete or Failed.
bool is_finished(const json::value& job);

}  // namespace dsm::cluster
