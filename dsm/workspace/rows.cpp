// The tables of the workspace file and the reader that checks one field at a time.
#include "dsm/workspace/rows.hpp"

#include <array>
#include <map>
#include <set>
#include <utility>

#include "libs/base/time.hpp"

namespace dsm::workspace {

namespace json = boost::json;

namespace {

constexpr std::array kProjectFields = {
    Field{"id", Kind::kId},
    Field{"name", Kind::kText},
    Field{"description", Kind::kText, Presence::kDefaulted},
    Field{"status", Kind::kText, Presence::kDefaulted, "inactive"},
    Field{"team", Kind::kIds},
};
constexpr std::array kEmployeeFields = {
    Field{"id", Kind::kId},
    Field{"name", Kind::kName},
    Field{"gender", Kind::kText, Presence::kNullable},
    Field{"state", Kind::kText, Presence::kNullable},
    Field{"age", Kind::kAge, Presence::kNullable},
};
constexpr std::array kHolidayFields = {
    Field{"date", Kind::kDate},
    Field{"name", Kind::kName},
    Field{"type", Kind::kText, Presence::kDefaulted, "Federal"},
};
constexpr std::array kPtoFields = {
    Field{"employee_id", Kind::kId},
    Field{"start_date", Kind::kDate},
    Field{"end_date", Kind::kDate},
    Field{"reason", Kind::kText, Presence::kNullable},
};
constexpr std::array kSprintFields = {
    Field{"sprint_id", Kind::kId},        Field{"project_id", Kind::kId},
    Field{"sprint_name", Kind::kText},    Field{"start_date", Kind::kDate},
    Field{"end_date", Kind::kDate},       Field{"duration_weeks", Kind::kWeeks},
    Field{"status", Kind::kSprintStatus},
};
constexpr std::array kTaskFields = {
    Field{"task_id", Kind::kId},
    Field{"project_id", Kind::kId},
    Field{"title", Kind::kText},
    Field{"description", Kind::kText, Presence::kDefaulted},
    Field{"status", Kind::kText},
    Field{"assigned_to", Kind::kId, Presence::kNullable},
    Field{"sprint_id", Kind::kId, Presence::kNullable},
    Field{"progress_percentage", Kind::kPercent},
};

/// Characters, not bytes: continuation bytes of UTF-8 do not count.
std::size_t length_of(std::string_view text) {
    std::size_t count = 0;
    for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
    return count;
}

std::optional<std::string> wrong_with_id(std::string_view id) {
    if (id.empty()) return "must not be empty";
    if (length_of(id) > 255) return "must have at most 255 characters";
    for (const char c : id) {
        if (c == '/') return "must not hold '/'";
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            return "must not hold control characters";
        }
    }
    return std::nullopt;
}

std::optional<std::string> wrong_with_word(const json::value& value,
                                           std::span<const std::string_view> words) {
    std::string wanted;
    for (const auto word : words) {
        if (value.is_string() && std::string_view(value.get_string()) == word) return std::nullopt;
        wanted += (wanted.empty() ? "must be " : ", ") + std::string(word);
    }
    return wanted;
}

std::optional<std::string> wrong_with_number(const json::value& value, std::int64_t min,
                                             std::int64_t max) {
    if (value.is_int64() && value.get_int64() >= min && value.get_int64() <= max) {
        return std::nullopt;
    }
    return fmt::format("must be a whole number from {} to {}", min, max);
}

std::optional<std::string> wrong_with_scalar(const json::value& value, Kind kind) {
    static constexpr std::array<std::string_view, 3> kSprint = {"in_progress", "completed",
                                                                "closed_with_pending_tasks"};
    switch (kind) {
        case Kind::kPercent:
            return wrong_with_number(value, 0, 100);
        case Kind::kWeeks:
            return wrong_with_number(value, 1, 520);
        case Kind::kAge:
            return wrong_with_number(value, 0, INT32_MAX);
        case Kind::kSprintStatus:
            return wrong_with_word(value, kSprint);
        default:
            break;
    }
    if (!value.is_string()) return "must be a string";
    const std::string_view text = value.get_string();
    if (kind == Kind::kName && text.empty()) return "must not be empty";
    if (kind == Kind::kId) return wrong_with_id(text);
    if (kind == Kind::kDate && !parse_date(text)) return "must be a date YYYY-MM-DD that exists";
    return std::nullopt;
}

/// Appends every error of a list of ids; true when there was none.
bool check_ids(const json::value& value, const std::string& place, Errors& errors) {
    if (!value.is_array()) {
        errors.push_back(place + ": must be a list of ids");
        return false;
    }
    const auto before = errors.size();
    std::set<std::string_view> seen;
    std::size_t index = 0;
    for (const auto& item : value.get_array()) {
        const auto where = fmt::format("{}[{}]", place, index++);
        if (const auto wrong = wrong_with_scalar(item, Kind::kId)) {
            errors.push_back(where + ": " + *wrong);
        } else if (!seen.insert(item.get_string()).second) {
            errors.push_back(
                fmt::format("{}: {} is there twice", where, std::string_view(item.get_string())));
        }
    }
    return errors.size() == before;
}

bool read_field(const json::object& from, const Field& field, const std::string& row_place,
                json::object& into, Errors& errors) {
    const auto place = row_place + "." + std::string(field.name);
    const auto* value = from.if_contains(field.name);
    if (value == nullptr || (value->is_null() && field.presence == Presence::kNullable)) {
        if (field.presence == Presence::kRequired) {
            errors.push_back(place + ": is missing");
            return false;
        }
        into[field.name] = field.presence == Presence::kNullable ? json::value(nullptr)
                                                                 : json::value(field.fallback);
        return true;
    }
    if (field.kind == Kind::kIds) {
        if (!check_ids(*value, place, errors)) return false;
    } else if (const auto wrong = wrong_with_scalar(*value, field.kind)) {
        errors.push_back(place + ": " + *wrong);
        return false;
    }
    into[field.name] = *value;
    return true;
}

std::string key_text(const json::object& row, const std::vector<std::string_view>& key) {
    std::string text;
    for (const auto name : key) text += text_of(row, name) + '\0';
    return text;
}

std::string shown_key(const json::object& row, const std::vector<std::string_view>& key) {
    std::string text;
    for (const auto name : key) text += (text.empty() ? "" : " ") + text_of(row, name);
    return text;
}

}  // namespace

const Table& projects_table() {
    static const Table table{"projects", kProjectFields, {"id"}};
    return table;
}
const Table& employees_table() {
    static const Table table{"employees", kEmployeeFields, {"id"}};
    return table;
}
const Table& holidays_table() {
    static const Table table{"holidays", kHolidayFields, {"date", "name"}};
    return table;
}
const Table& pto_table() {
    static const Table table{"pto", kPtoFields, {}};
    return table;
}
const Table& sprints_table() {
    static const Table table{"sprints", kSprintFields, {"sprint_id"}};
    return table;
}
const Table& tasks_table() {
    static const Table table{"tasks", kTaskFields, {"task_id"}};
    return table;
}

std::vector<Row> read_rows(const json::object& workspace, const Table& table, Errors& errors) {
    std::vector<Row> rows;
    const auto place = "workspace." + std::string(table.name);
    const auto* list = workspace.if_contains(table.name);
    if (list == nullptr || list->is_null()) return rows;
    if (!list->is_array()) {
        errors.push_back(place + ": must be a list");
        return rows;
    }
    std::map<std::string, std::string> first_place;
    std::size_t index = 0;
    for (const auto& item : list->get_array()) {
        Row row{{}, fmt::format("{}[{}]", place, index++)};
        if (!item.is_object()) {
            errors.push_back(row.place + ": must be an object");
            continue;
        }
        bool good = true;
        for (const auto& field : table.fields) {
            good &= read_field(item.get_object(), field, row.place, row.value, errors);
        }
        if (!good) continue;
        if (table.key.empty()) {
            rows.push_back(std::move(row));
            continue;
        }
        const auto [known, fresh] =
            first_place.try_emplace(key_text(row.value, table.key), row.place);
        if (!fresh) {
            errors.push_back(fmt::format("{}.{}: {} is at {} already", row.place, table.key.front(),
                                         shown_key(row.value, table.key), known->second));
            continue;
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

std::string text_of(const json::object& row, std::string_view name) {
    return std::string(row.at(name).as_string());
}

std::optional<std::string> maybe_text_of(const json::object& row, std::string_view name) {
    const auto& value = row.at(name);
    if (!value.is_string()) return std::nullopt;
    return std::string(value.get_string());
}

}  // namespace dsm::workspace
