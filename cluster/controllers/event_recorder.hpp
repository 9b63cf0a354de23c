// Writes core/v1 Events about objects; the same one again counts up, as clients of Kubernetes do.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "cluster/registry/registry.hpp"

namespace dsm::cluster {

enum class EventType { kNormal, kWarning };

/// One component's events. A refused event is dropped: events are told, never relied on.
class EventRecorder {
public:
    EventRecorder(Registry& registry, std::string component)
        : registry_(registry), component_(std::move(component)) {}

    /// `object` is whole: kind, apiVersion and metadata are copied from it.
    void record(const json::value& object, EventType type, std::string_view reason,
                std::string_view message);

private:
    bool count_up(const std::string& name_space, const std::string& name);

    Registry& registry_;
    std::string component_;
    std::map<std::string, std::string> names_;  ///< by what is the same event
    std::deque<std::string> order_;             ///< of names_, oldest first; bounded
};

}  // namespace dsm::cluster
