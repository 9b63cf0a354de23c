// The resources this API serves: their names, verbs and scopes. A fixed table.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dsm::cluster {

struct Subresource {
    std::string_view name;  ///< "status"
    std::vector<std::string_view> verbs;
};

/// One resource of one group and version. The registry's entries live as long as the program.
struct ResourceType {
    std::string_view group;  ///< "" for core
    std::string_view version;
    std::string_view plural;
    std::string_view singular;
    std::string_view kind;
    bool namespaced = true;
    std::vector<std::string_view> short_names;
    std::vector<std::string_view> categories;
    std::vector<std::string_view> verbs;  ///< sorted; a review has "create" alone
    std::vector<Subresource> subresources;
    std::string_view message;       ///< its type in the schema: "batch.v1.CronJob"
    std::string_view storage_hash;  ///< of the version that the real server stores, for discovery
    std::string_view storage;       ///< key of the store: the two event resources share "events"

    /// "batch/v1", and "v1" for core.
    std::string group_version() const;
    /// As errors name it: "cronjobs.batch", and "namespaces" for core.
    std::string qualified() const;
    /// "CronJob.batch", and "Namespace" for core.
    std::string qualified_kind() const;
    /// "CronJobList".
    std::string list_kind() const;
    bool allows(std::string_view verb) const;
    const Subresource* subresource(std::string_view name) const;
    /// False: created to be answered, never kept (access reviews).
    bool stored() const { return !storage.empty(); }
    /// CronJobs and Jobs count changes of their spec in metadata.generation.
    bool has_generation() const { return group == "batch"; }
};

/// All resources, core first, groups in the order discovery lists them.
std::span<const ResourceType> registry();

/// Null: no such resource.
const ResourceType* find_resource(std::string_view group, std::string_view version,
                                  std::string_view plural);
/// `api_version` as objects carry it ("batch/v1", "v1"). Null: no such kind.
const ResourceType* find_kind(std::string_view api_version, std::string_view kind);

/// Whether any resource has this group ("" is core), so a wrong path under it is a Status
/// and not a plain 404.
bool is_known_group(std::string_view group);

/// "batch", "v1" of "batch/v1"; "", "v1" of "v1".
std::pair<std::string_view, std::string_view> split_api_version(std::string_view api_version);

}  // namespace dsm::cluster
