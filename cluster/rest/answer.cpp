// Accept clauses are tried by falling q; the first that we can serve wins.
#include "cluster/rest/answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace dsm::cluster {

namespace {

struct Clause {
    std::string type;
    std::string as, group, version;
    double quality = 1;
};

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto end = text.find(separator);
        parts.push_back(trim(text.substr(0, end)));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::vector<Clause> parse_accept(std::string_view header) {
    std::vector<Clause> clauses;
    for (const std::string_view text : split(header, ',')) {
        const auto parts = split(text, ';');
        if (parts[0].empty()) continue;
        Clause clause{std::string(parts[0]), {}, {}, {}, 1};
        for (std::size_t i = 1; i < parts.size(); ++i) {
            const auto equals = parts[i].find('=');
            if (equals == std::string_view::npos) continue;
            const auto name = parts[i].substr(0, equals);
            const std::string value(parts[i].substr(equals + 1));
            if (name == "as") clause.as = value;
            if (name == "g") clause.group = value;
            if (name == "v") clause.version = value;
            if (name == "q") clause.quality = std::atof(value.c_str());
        }
        const auto later = std::ranges::find_if(
            clauses, [&](const Clause& other) { return other.quality < clause.quality; });
        clauses.insert(later, std::move(clause));
    }
    return clauses;
}

/// The shape of a clause's `as`; false if there is no such thing here.
bool read_shape(const Clause& clause, bool shapes, bool collection, Shape& shape) {
    if (clause.as.empty()) return true;
    if (!shapes || clause.group != "meta.k8s.io" || clause.version != "v1") return false;
    if (clause.as == "Table") shape = Shape::kTable;
    if (clause.as == (collection ? "PartialObjectMetadataList" : "PartialObjectMetadata")) {
        shape = Shape::kPartial;
    }
    return shape != Shape::kWhole;
}

bool wants_indentation(const http::Request& request) {
    if (const auto pretty = request.query.find("pretty")) {
        return *pretty == "1" || *pretty == "true";
    }
    const auto agent = request.headers.find("User-Agent").value_or("");
    return agent.starts_with("curl") || agent.starts_with("Wget") ||
           agent.starts_with("Mozilla/5.0");
}

void print_indented(std::string& out, const json::value& value, std::size_t depth) {
    const std::string inner(2 * (depth + 1), ' ');
    const std::string outer(2 * depth, ' ');
    if (const auto* object = value.if_object(); object && !object->empty()) {
        out += "{\n";
        bool first = true;
        for (const auto& [name, member] : *object) {
            if (!std::exchange(first, false)) out += ",\n";
            out += inner + json::serialize(json::string(name)) + ": ";
            print_indented(out, member, depth + 1);
        }
        out += "\n" + outer + "}";
    } else if (const auto* array = value.if_array(); array && !array->empty()) {
        out += "[\n";
        bool first = true;
        for (const auto& element : *array) {
            if (!std::exchange(first, false)) out += ",\n";
            out += inner;
            print_indented(out, element, depth + 1);
        }
        out += "\n" + outer + "]";
    } else {
        out += json::serialize(value);
    }
}

std::string quoted_warning(std::string_view text) {
    std::string quoted = "299 - \"";
    for (const char c : text) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += (c == '\r' || c == '\n') ? ' ' : c;
    }
    return quoted + "\"";
}

}  // namespace

ApiResult<Wish> read_wish(const http::Request& request, bool shapes, bool collection) {
    Wish wish;
    wish.pretty = wants_indentation(request);
    const auto header = request.headers.find("Accept");
    if (!header || trim(*header).empty()) return wish;
    bool known_type = false;
    for (const Clause& clause : parse_accept(*header)) {
        const bool is_json = clause.type == "application/json" || clause.type == "*/*";
        const bool is_yaml = clause.type == "application/yaml";
        if (!is_json && !is_yaml) continue;
        Shape shape = Shape::kWhole;
        known_type = true;
        if (!read_shape(clause, shapes, collection, shape)) continue;
        wish.shape = shape;
        wish.yaml = is_yaml;
        return wish;
    }
    return std::unexpected(known_type ? unknown_transform() : not_acceptable(collection));
}

std::string pretty_print(const json::value& value) {
    std::string out;
    print_indented(out, value, 0);
    return out;
}

http::Response answer_text(int status, std::string body, const Wish& wish) {
    http::Response response;
    response.status = status;
    response.headers.set("Content-Type", wish.yaml ? "application/yaml" : "application/json");
    response.headers.set("Cache-Control", "no-cache, private");
    response.body = std::move(body);
    response.body += '\n';
    return response;
}

http::Response answer(int status, const json::value& value, const Wish& wish,
                      const std::vector<std::string>& warnings) {
    auto response =
        answer_text(status, wish.pretty ? pretty_print(value) : json::serialize(value), wish);
    for (const std::string& text : warnings) {
        response.headers.add("Warning", quoted_warning(text));
    }
    return response;
}

http::Response answer(const ApiError& error, const Wish& wish,
                      const std::vector<std::string>& warnings) {
    if (error.plain_text) {
        auto plain = http::Response::text(error.code, error.message);
        plain.headers.set("X-Content-Type-Options", "nosniff");
        plain.headers.set("Cache-Control", "no-cache, private");
        return plain;
    }
    auto response = answer(error.code, to_status(error), wish, warnings);
    if (error.retry_after) response.headers.set("Retry-After", std::to_string(*error.retry_after));
    if (error.code == 403) response.headers.set("X-Content-Type-Options", "nosniff");
    return response;
}

void append_item(std::string& out, const json::value& object) {
    out += '{';
    bool first = true;
    for (const auto& [name, member] : object.get_object()) {
        if (name == "kind" || name == "apiVersion") continue;
        if (!std::exchange(first, false)) out += ',';
        out += json::serialize(json::string(name));
        out += ':';
        out += json::serialize(member);
    }
    out += '}';
}

}  // namespace dsm::cluster
