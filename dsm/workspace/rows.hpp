// Reads the rows of a workspace file field by field and notes every error with its place.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dsm::workspace {

enum class Kind {
    kId,            ///< 1 to 255 characters, no `/`, no control character
    kText,          ///< any string
    kName,          ///< any string but the empty one
    kDate,          ///< YYYY-MM-DD
    kPercent,       ///< 0..100
    kWeeks,         ///< 1..520
    kAge,           ///< 0 or more
    kIds,           ///< a list of ids, each once
    kSprintStatus,  ///< contract section 9
};

enum class Presence { kRequired, kNullable, kDefaulted };

struct Field {
    std::string_view name;
    Kind kind;
    Presence presence = Presence::kRequired;  ///< kNullable: absent is null
    std::string_view fallback = "";           ///< of a kDefaulted text
};

using Errors = std::vector<std::string>;

/// One kind of row: its fields, and those that together are its key (none: equal rows may repeat).
struct Table {
    std::string_view name;
    std::span<const Field> fields;
    std::vector<std::string_view> key;
};

const Table& projects_table();
const Table& employees_table();
const Table& holidays_table();
const Table& pto_table();
const Table& sprints_table();
const Table& tasks_table();

/// A row that was read without an error, and where it stood.
struct Row {
    boost::json::object value;
    std::string place;  ///< "workspace.sprints[3]"
};

/// The good rows of `workspace.{table.name}`; an absent or null list is empty. Duplicate keys are
/// errors.
std::vector<Row> read_rows(const boost::json::object& workspace, const Table& table,
                           Errors& errors);

/// A string member of a row that was read with its table.
std::string text_of(const boost::json::object& row, std::string_view name);
/// The same, nullopt when null.
std::optional<std::string> maybe_text_of(const boost::json::object& row, std::string_view name);

}  // namespace dsm::workspace
