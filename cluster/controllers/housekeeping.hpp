// Three small controllers: ends namespaces, deletes finished Jobs after their time, expires Events.
#pragma once

#include <deque>
#include <map>
#include <set>

#include "cluster/controllers/controller.hpp"

namespace dsm::cluster {

/// Empties a terminating namespace, then lets it go.
class NamespaceController final : public Controller {
public:
    explicit NamespaceController(Registry& registry);
    std::optional<std::chrono::milliseconds> turn() override;

private:
    bool empty_out(const std::string& name_space);

    Registry& registry_;
    const ResourceType& type_;
    Feed namespaces_;
    std::set<std::string> ending_;
};

/// Deletes a finished Job `ttlSecondsAfterFinished` after its end, in the foreground.
class FinishedJobController final : public Controller {
public:
    explicit FinishedJobController(Registry& registry);
    std::optional<std::chrono::milliseconds> turn() override;

private:
    Registry& registry_;
    const ResourceType& type_;
    Feed jobs_;
    std::map<std::string, Instant> ends_;
};

/// Deletes an Event an hour of steady time after its last change that this process saw.
class EventExpiry final : public Controller {
public:
    EventExpiry(Registry& registry, const rt::Clock& clock);
    std::optional<std::chrono::milliseconds> turn() override;

private:
    Registry& registry_;
    const rt::Clock& clock_;
    const ResourceType& type_;
    Feed events_;
    std::map<std::string, rt::Steady> seen_;
    std::deque<std::pair<rt::Steady, std::string>> queue_;
};

}  // namespace dsm::cluster
