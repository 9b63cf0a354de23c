// Deletes what its owners left behind, and carries out the finalizers of foreground and orphan
// deletion.
#pragma once

#include <deque>
#include <map>
#include <set>

#include "cluster/controllers/controller.hpp"

namespace dsm::cluster {

class GarbageCollector final : public Controller {
public:
    explicit GarbageCollector(Registry& registry);

    std::optional<std::chrono::milliseconds> turn() override;

private:
    /// An object: its stored type and its key.
    struct Item {
        const ResourceType* type;
        std::string key;
        auto operator<=>(const Item&) const = default;
    };

    bool look();
    void index(const Item& item, const Object& object, bool there);
    void judge(const Item& item);
    void finish_owner(const Item& item);
    bool owner_exists(const json::value& dependent, const json::value& reference) const;
    bool owner_waits(const json::value& dependent, const json::value& reference) const;
    void drop_references(const Item& item, const std::string& uid);
    void drop_finalizer(const Item& item, std::string_view finalizer);

    Registry& registry_;
    std::vector<std::pair<const ResourceType*, Feed>> feeds_;
    std::map<std::string, std::set<Item>> dependents_;  ///< by the owner's uid
    std::set<Item> to_judge_;                           ///< dependents whose owners changed
    std::set<Item> to_finish_;                          ///< owners that wait for us
};

}  // namespace dsm::cluster
