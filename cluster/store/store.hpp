// All objects of the cluster, with one revision counter, and the recent changes for watches and
// consistent pages. In memory, written through to SQLite before a write returns.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/store/signal.hpp"
#include "libs/base/result.hpp"

namespace dsm::sql {
class Database;
}

namespace dsm::cluster {

using Object = std::shared_ptr<const boost::json::value>;
using Revision = std::uint64_t;

/// One object at one revision; its metadata.resourceVersion says the same revision.
struct Record {
    Object object;
    Revision revision = 0;
};

/// One write. `before` is null for a creation, `after` for a deletion.
struct Change {
    Revision revision = 0;
    std::string resource;
    std::string key;
    Object before;
    Object after;
};

struct ListQuery {
    std::string_view resource;
    std::string_view prefix;                                 ///< "" or "/namespace/"
    std::string_view start;                                  ///< the first key wanted
    std::size_t limit = 0;                                   ///< of matching objects; 0: no limit
    Revision at = 0;                                         ///< 0: now
    std::function<bool(const boost::json::value&)> matches;  ///< empty: all
};

struct Page {
    std::vector<Record> records;  ///< in the order of their keys, bytewise
    std::string next;             ///< the first key that was left out; empty: none was
    std::size_t remaining = 0;    ///< objects from `next` on, whether they match or not
    Revision at = 0;
};

/// Keys are "/name" or "/namespace/name"; resources are any text ("batch/cronjobs"). One thread.
class Store {
public:
    /// `path` is the SQLite file; empty: memory only. `history_limit` changes are remembered.
    static Result<std::unique_ptr<Store>> open(std::string path, std::size_t history_limit);
    ~Store();

    /// Of the last write. Starts at 1.
    Revision revision() const { return revision_; }
    /// Changes up to and including this revision are forgotten.
    Revision compacted() const { return compacted_; }

    std::optional<Record> find(std::string_view resource, std::string_view key) const;

    /// Writes `object` if the key is at `expected` (0: absent), else kConflict. Sets its
    /// metadata.resourceVersion. kUnavailable: the disk refused, nothing changed.
    Result<Record> put(std::string_view resource, std::string_view key, boost::json::value object,
                       Revision expected);
    /// Removes the object if it is at `expected`, else kConflict; the revision of the deletion.
    Result<Revision> remove(std::string_view resource, std::string_view key, Revision expected);

    /// kNotFound when `query.at` is older than what is remembered.
    Result<Page> list(const ListQuery& query) const;
    std::size_t count(std::string_view resource) const;

    /// The first remembered change of `resource` after `after`; null when there is none yet. The
    /// caller has checked `after >= compacted()`. Valid until the next write.
    const Change* next_change(std::string_view resource, Revision after) const;

    /// Every write notifies it.
    Signal& changed() { return changed_; }

    /// Forgets all changes.
    void compact();

private:
    using Table = std::map<std::string, Record, std::less<>>;
    explicit Store(std::size_t history_limit);
    Result<void> load();
    Result<void> persist(std::string_view resource, std::string_view key,
                         const boost::json::value* object, Revision revision);
    void remember(Change change);
    std::map<std::string, Object, std::less<>> undo(const ListQuery& query) const;

    std::unique_ptr<sql::Database> database_;
    std::map<std::string, Table, std::less<>> tables_;
    std::deque<Change> history_;
    std::size_t history_limit_;
    Revision revision_ = 1;
    Revision compacted_ = 1;
    Signal changed_;
};

/// A copy of `object` that bears `revision`: what a watch shows of a deleted object.
boost::json::value with_revision(boost::json::value object, Revision revision);

}  // namespace dsm::cluster
