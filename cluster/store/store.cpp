// The hot copy is the truth while the process runs; SQLite is only read at start.
#include "cluster/store/store.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <boost/json.hpp>

#include "libs/sql/database.hpp"

namespace dsm::cluster {

namespace json = boost::json;

namespace {

const std::vector<sql::Migration> kMigrations{
    {1, "objects",
     "CREATE TABLE objects (resource TEXT NOT NULL, key TEXT NOT NULL, revision BIGINT NOT NULL, "
     "object TEXT NOT NULL, PRIMARY KEY (resource, key));\n"
     "CREATE TABLE counter (id INTEGER PRIMARY KEY, revision BIGINT NOT NULL);\n"
     "INSERT INTO counter (id, revision) VALUES (1, 1)",
     nullptr},
};

bool starts_with_after(std::string_view key, std::string_view prefix, std::string_view start) {
    return key.starts_with(prefix) && key >= start;
}

}  // namespace

json::value with_revision(json::value object, Revision revision) {
    json::value& metadata = object.get_object()["metadata"];
    if (!metadata.is_object()) metadata = json::object{};
    metadata.get_object()["resourceVersion"] = std::to_string(revision);
    return object;
}

Store::Store(std::size_t history_limit) : history_limit_(history_limit) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(std::string path, std::size_t history_limit) {
    std::unique_ptr<Store> store(new Store(history_limit));
    if (path.empty()) return store;
    auto database = sql::Database::open(
        {.dialect = sql::Dialect::kSqlite, .path = std::move(path), .service = "cluster"},
        kMigrations);
    if (!database) return std::unexpected(database.error());
    store->database_ = std::move(*database);
    if (auto loaded = store->load(); !loaded) return std::unexpected(loaded.error());
    return store;
}

Result<void> Store::load() {
    auto loaded = database_->write_now([&](soci::session& session) -> Result<void> {
        long long counter = 1;
        session << "SELECT revision FROM counter WHERE id = 1", soci::into(counter);
        revision_ = static_cast<Revision>(counter);
        std::string resource, key, text;
        long long revision = 0;
        soci::statement rows =
            (session.prepare << "SELECT resource, key, revision, object "
                                "FROM objects",
             soci::into(resource), soci::into(key), soci::into(revision), soci::into(text));
        rows.execute();
        while (rows.fetch()) {
            boost::system::error_code bad;
            json::value value = json::parse(text, bad);
            if (bad || !value.is_object()) {
                return fail(ErrorCode::kInvalid, "the cluster's store holds no object at " +
                                                     resource + key + ": " + bad.message());
            }
            auto object = std::make_shared<const json::value>(std::move(value));
            tables_[resource][key] = Record{object, static_cast<Revision>(revision)};
        }
        return {};
    });
    compacted_ = revision_;
    return loaded;
}

Result<void> Store::persist(std::string_view resource, std::string_view key,
                            const json::value* object, Revision revision) {
    if (!database_) return {};
    const std::string resource_text(resource), key_text(key);
    const std::string text = object ? json::serialize(*object) : std::string();
    const auto number = static_cast<long long>(revision);
    return database_->write_now([&](soci::session& session) -> Result<void> {
        if (object) {
            session << "INSERT OR REPLACE INTO objects (resource, key, revision, object) "
                       "VALUES (:resource, :key, :revision, :object)",
                soci::use(resource_text), soci::use(key_text), soci::use(number), soci::use(text);
        } else {
            session << "DELETE FROM objects WHERE resource = :resource AND key = :key",
                soci::use(resource_text), soci::use(key_text);
        }
        session << "UPDATE counter SET revision = :revision WHERE id = 1", soci::use(number);
        return {};
    });
}

void Store::remember(Change change) {
    revision_ = change.revision;
    history_.push_back(std::move(change));
    while (history_.size() > history_limit_) {
        compacted_ = history_.front().revision;
        history_.pop_front();
    }
    changed_.notify_all();
}

std::optional<Record> Store::find(std::string_view resource, std::string_view key) const {
    const auto table = tables_.find(resource);
    if (table == tables_.end()) return std::nullopt;
    const auto record = table->second.find(key);
    if (record == table->second.end()) return std::nullopt;
    return record->second;
}

Result<Record> Store::put(std::string_view resource, std::string_view key, json::value object,
                          Revision expected) {
    const auto old = find(resource, key);
    if ((old ? old->revision : 0) != expected) {
        return fail(ErrorCode::kConflict, expected == 0 ? "it exists" : "it changed");
    }
    const Revision revision = revision_ + 1;
    auto stored = std::make_shared<const json::value>(with_revision(std::move(object), revision));
    if (auto kept = persist(resource, key, stored.get(), revision); !kept) {
        return std::unexpected(kept.error());
    }
    const Record record{stored, revision};
    tables_[std::string(resource)][std::string(key)] = record;
    remember(
        {revision, std::string(resource), std::string(key), old ? old->object : nullptr, stored});
    return record;
}

Result<Revision> Store::remove(std::string_view resource, std::string_view key, Revision expected) {
    const auto old = find(resource, key);
    if (!old || old->revision != expected) {
        return fail(ErrorCode::kConflict, old ? "it changed" : "it is gone");
    }
    const Revision revision = revision_ + 1;
    if (auto kept = persist(resource, key, nullptr, revision); !kept) {
        return std::unexpected(kept.error());
    }
    Table& table = tables_.find(resource)->second;
    table.erase(table.find(key));
    remember({revision, std::string(resource), std::string(key), old->object, nullptr});
    return revision;
}

std::map<std::string, Object, std::less<>> Store::undo(const ListQuery& query) const {
    std::map<std::string, Object, std::less<>> before;
    for (auto change = history_.rbegin(); change != history_.rend(); ++change) {
        if (change->revision <= query.at) break;
        if (change->resource != query.resource) continue;
        if (!starts_with_after(change->key, query.prefix, query.start)) continue;
        before[change->key] = change->before;  // the oldest change after `at` is seen last
    }
    return before;
}

Result<Page> Store::list(const ListQuery& query) const {
    Page page;
    page.at = query.at == 0 ? revision_ : query.at;
    if (page.at < compacted_) return fail(ErrorCode::kNotFound, "that revision is forgotten");
    static const Table kEmpty;
    const auto found = tables_.find(query.resource);
    const Table& table = found == tables_.end() ? kEmpty : found->second;
    ListQuery bounded = query;
    bounded.at = page.at;
    const auto old = undo(bounded);

    auto take = [&](const std::string& key, const Object& object) {
        if (!object) return;
        if (!page.next.empty()) {
            ++page.remaining;
            return;
        }
        if (query.matches && !query.matches(*object)) return;
        if (query.limit != 0 && page.records.size() == query.limit) {
            page.next = key;
            ++page.remaining;
            return;
        }
        const auto& text = object->at("metadata").at("resourceVersion").as_string();
        page.records.push_back({object, std::stoull(std::string(text))});
    };
    const std::string_view first = std::max(query.start, query.prefix);
    auto now = table.lower_bound(first);
    auto then = old.lower_bound(first);
    while (true) {
        const bool now_left = now != table.end() && now->first.starts_with(query.prefix);
        const bool then_left = then != old.end() && then->first.starts_with(query.prefix);
        if (!now_left && !then_left) break;
        if (then_left && (!now_left || then->first <= now->first)) {
            if (now_left && now->first == then->first) ++now;
            take(then->first, then->second);
            ++then;
        } else {
            take(now->first, now->second.object);
            ++now;
        }
    }
    return page;
}

std::size_t Store::count(std::string_view resource) const {
    const auto table = tables_.find(resource);
    return table == tables_.end() ? 0 : table->second.size();
}

const Change* Store::next_change(std::string_view resource, Revision after) const {
    auto change = std::ranges::upper_bound(history_, after, {}, &Change::revision);
    for (; change != history_.end(); ++change) {
        if (change->resource == resource) return &*change;
    }
    return nullptr;
}

void Store::compact() {
    history_.clear();
    compacted_ = revision_;
    changed_.notify_all();
}

}  // namespace dsm::cluster
