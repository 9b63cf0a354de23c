// A workspace as text: the one line for people, and the file of `dsm export`.
#include <boost/json/serialize.hpp>

#include "dsm/workspace/rows.hpp"
#include "dsm/workspace/workspace.hpp"

namespace dsm::workspace {

namespace json = boost::json;

namespace {

struct Part {
    const Table& table;
    const json::array& rows;
};

std::vector<Part> parts_of(const Workspace& workspace) {
    return {{projects_table(), workspace.projects}, {employees_table(), workspace.employees},
            {holidays_table(), workspace.holidays}, {pto_table(), workspace.pto},
            {sprints_table(), workspace.sprints},   {tasks_table(), workspace.tasks}};
}

std::string count_of(std::size_t count, std::string_view singular, std::string_view plural) {
    return fmt::format("{} {}", count, count == 1 ? singular : plural);
}

/// One row a line, its keys in the order of the table, so that a diff of two files is readable.
std::string line_of(const json::object& row, const Table& table) {
    std::string line = "{";
    for (const auto& field : table.fields) {
        const auto* value = row.if_contains(field.name);
        if (line.size() > 1) line += ", ";
        line += fmt::format("\"{}\": {}", field.name,
                            value == nullptr ? "null" : json::serialize(*value));
    }
    return line + "}";
}

std::string list_of(const std::vector<std::string>& lines, std::string_view indent) {
    if (lines.empty()) return "[]";
    std::string text = "[";
    for (std::size_t i = 0; i < lines.size(); ++i) {
        text += fmt::format("{}\n{} {}", i == 0 ? "" : ",", indent, lines[i]);
    }
    return text + fmt::format("\n{}]", indent);
}

}  // namespace

std::string summary(const Workspace& workspace) {
    static constexpr std::pair<std::string_view, std::string_view> kWords[] = {
        {"project", "projects"},      {"employee", "employees"}, {"holiday", "holidays"},
        {"PTO entry", "PTO entries"}, {"sprint", "sprints"},     {"task", "tasks"}};
    std::string text;
    const auto add = [&](std::size_t count, auto words) {
        if (count == 0) return;
        text += (text.empty() ? "" : ", ") + count_of(count, words.first, words.second);
    };
    const auto parts = parts_of(workspace);
    for (std::size_t i = 0; i < parts.size(); ++i) add(parts[i].rows.size(), kWords[i]);
    add(workspace.cronjobs.size(),
        std::pair<std::string_view, std::string_view>("CronJob", "CronJobs"));
    return text.empty() ? "nothing" : text;
}

std::string to_text(const Workspace& workspace) {
    std::string text = "{\n \"workspace\": {";
    bool first = true;
    for (const auto& part : parts_of(workspace)) {
        std::vector<std::string> lines;
        for (const auto& row : part.rows) lines.push_back(line_of(row.as_object(), part.table));
        text += fmt::format("{}\n  \"{}\": {}", first ? "" : ",", part.table.name,
                            list_of(lines, "  "));
        first = false;
    }
    std::vector<std::string> names;
    for (const auto& name : workspace.cronjobs) names.push_back(json::serialize(json::value(name)));
    return text + fmt::format("\n }},\n \"cronjobs\": {}\n}}\n", list_of(names, " "));
}

}  // namespace dsm::workspace
