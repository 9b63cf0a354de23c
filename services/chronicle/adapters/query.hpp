// A SELECT whose conditions depend on what the caller gave. Internal to the adapters.
#pragma once

#include <soci/soci.h>

#include <deque>
#include <optional>
#include <string>
#include <variant>

namespace dsm::chronicle {

/// Collects conditions with their values; the values are bound, never spliced in, and live here
/// until the statement ended. Throws SOCI's errors.
class Query {
public:
    explicit Query(std::string select) : sql_(std::move(select)) {}

    /// `condition` is a constant of the adapter, with one `?` where the value goes.
    Query& where(std::string_view condition, std::variant<std::string, long long> value) {
        sql_ += values_.empty() ? " WHERE " : " AND ";
        const auto mark = condition.find('?');
        sql_ += condition.substr(0, mark);
        sql_ += fmt::format(":v{}", values_.size());
        sql_ += condition.substr(mark + 1);
        values_.push_back(std::move(value));
        return *this;
    }
    /// What follows the conditions.
    Query& then(std::string_view tail) {
        tail_ = tail;
        return *this;
    }
    Query& limit(std::optional<std::int64_t> count) {
        if (count) tail_ += fmt::format(" LIMIT {}", *count);
        return *this;
    }

    /// Prepares, binds and executes; `into` binds the columns. Fetch until false.
    template <class Into>
    void execute(soci::statement& statement, Into into) {
        into(statement);
        for (const auto& value : values_) {
            std::visit([&](const auto& bound) { statement.exchange(soci::use(bound)); }, value);
        }
        statement.alloc();
        statement.prepare(sql_ + tail_);
        statement.define_and_bind();
        statement.execute();
    }

private:
    std::string sql_;
    std::string tail_;
    std::deque<std::variant<std::string, long long>> values_;  ///< bound by address: never moves
};

}  // namespace dsm::chronicle
