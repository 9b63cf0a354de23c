// Plays requests one after the other and replaces what two clusters can't share.
#include "tests/kube/wire.hpp"

#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>
#include <boost/json.hpp>
#include <map>
#include <regex>
#include <sstream>
#include <stdexcept>

#include "libs/http/client.hpp"
#include "libs/testing/await.hpp"
#include "libs/testing/process.hpp"

namespace dsm::kube::testing {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

using Names = std::map<std::string, std::string>;

void replace_all(std::string& text, const std::string& what, const std::string& with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
        text.replace(at, what.size(), with);
        at += with.size();
    }
}

std::string filled_in(std::string text, const Names& names) {
    for (const auto& [name, value] : names) replace_all(text, "{" + name + "}", value);
    return text;
}

struct Rule {
    std::regex pattern;
    std::string with;
};

const std::vector<Rule>& text_rules() {
    static const std::vector<Rule> kRules{
        {std::regex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<uid>"},
        {std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z)"), "<time>"},
        {std::regex(R"(resource version: \d+ \(\d+\))"), "resource version: <rv> (<rv>)"},
        {std::regex(R"(resource version: (\d+), current: \d+)"),
         "resource version: $1, current: <rv>"},
        {std::regex(R"(resourceVersion(\\*":\\*")\d+)"), "resourceVersion$1<rv>"},
        {std::regex(R"(ResourceVersion in record \(\d+\))"), "ResourceVersion in record (<rv>)"},
        {std::regex(R"(in scheme "[^"]*")"), "in scheme \"<scheme>\""},
        {std::regex(R"(127\.0\.0\.1:\d+)"), "<server>"},
        {std::regex(R"(-[bcdfghjklmnpqrstvwxz2456789]{5}\b)"), "-<random>"},
        // Ages, as kubectl tells them: of what was just made, and of times of a year that stays
        // behind.
        {std::regex(R"(^\d+(s|m|d)$|^\d+y(\d+d)?$)"), "<age>"},
    };
    return kRules;
}

std::string comparable(std::string text, const Names& names) {
    replace_all(text, names.at("ns"), "<ns>");
    for (const Rule& rule : text_rules()) text = std::regex_replace(text, rule.pattern, rule.with);
    return text;
}

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

void make_comparable(json::value& value, const Names& names, std::string_view member = "") {
    if (value.is_string()) {
        const std::string text(value.get_string());
        if (member == "resourceVersion" && is_number(text) && text != "0") {
            value = "<rv>";
        } else if (member == "continue" && !text.empty()) {
            value = "<continue>";
        } else {
            value = comparable(text, names);
        }
    } else if (value.is_array()) {
        for (json::value& item : value.get_array()) make_comparable(item, names);
        // The real server looks at the metadata of an update two or three times, and says so.
        if (member == "causes") {
            json::array different;
            for (const json::value& cause : value.get_array()) {
                if (std::ranges::find(different, cause) == different.end()) {
                    different.push_back(cause);
                }
            }
            value = std::move(different);
        }
        // Their order is that of their times, which are equal here and a second apart there.
        if (member == "managedFields") {
            std::ranges::sort(value.get_array(), {},
                              [](const json::value& entry) { return json::serialize(entry); });
        }
    } else if (value.is_object()) {
        json::object made;
        const bool is_column = value.get_object().contains("priority");
        for (auto& [name, item] : value.get_object()) {
            // Prose about a Table's column: nobody shows it, and ours is our own.
            if (is_column && name == "description") continue;
            make_comparable(item, names, name);
            made[comparable(std::string(name), names)] = std::move(item);
        }
        value = std::move(made);
    }
}

/// JSON, a stream of JSON lines as a list, or the text itself.
json::value parse_body(const std::string& body) {
    boost::system::error_code bad;
    const json::value whole = json::parse(body, bad);
    if (!bad) return whole;
    json::array lines;
    std::istringstream in(body);
    for (std::string line; std::getline(in, line);) {
        const json::value parsed = json::parse(line, bad);
        if (bad) return {json::string(body)};
        lines.push_back(parsed);
    }
    return lines;
}

bool contains(const json::value& element, const json::object& wanted) {
    if (!element.is_object()) return false;
    return std::ranges::all_of(wanted, [&](const auto& member) {
        const json::value* found = element.get_object().if_contains(member.key());
        if (!found) return false;
        return member.value().is_object() ? contains(*found, member.value().get_object())
                                          : *found == member.value();
    });
}

/// The part at `path`; null where it leads nowhere.
json::value picked(json::value value, const json::array& path) {
    for (const json::value& part : path) {
        json::value next;
        if (part.is_string() && value.is_object()) {
            const json::value* found = value.get_object().if_contains(part.get_string());
            if (found) next = *found;
        } else if (part.is_object() && value.is_array()) {
            const auto found = std::ranges::find_if(value.get_array(), [&](const auto& element) {
                return contains(element, part.get_object());
            });
            if (found != value.get_array().end()) next = *found;
        }
        value = std::move(next);
    }
    return value;
}

std::string text_of(const json::object& step, std::string_view member) {
    const json::value* value = step.if_contains(member);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

http::ClientRequest request_of(const json::object& step, const Access& access,
                               const std::string& token, const Names& names) {
    const std::string ask = filled_in(text_of(step, "ask"), names);
    const auto blank = ask.find(' ');
    if (blank == std::string::npos) throw std::runtime_error("not \"METHOD /path\": " + ask);
    http::ClientRequest request{.method = ask.substr(0, blank),
                                .url = access.server + ask.substr(blank + 1)};
    request.headers.set("Accept", step.contains("accept") ? text_of(step, "accept")
                                                          : std::string("application/json"));
    request.headers.set("User-Agent", "wire/1");
    request.headers.set("Authorization", "Bearer " + token);
    if (const json::value* body = step.if_contains("body")) {
        request.body = filled_in(json::serialize(*body), names);
    } else {
        request.body = filled_in(text_of(step, "text"), names);
    }
    const std::string content = text_of(step, "content");
    if (!content.empty() || !request.body.empty()) {
        request.headers.set("Content-Type", content.empty() ? "application/json" : content);
    }
    if (const json::value* further = step.if_contains("headers")) {
        for (const auto& [name, value] : further->as_object()) {
            request.headers.set(name, filled_in(std::string(value.as_string()), names));
        }
    }
    return request;
}

/// The fields of an answer's head that clients act on.
json::object fields_of(const http::ClientResponse& response, const Names& names) {
    json::object fields;
    for (const char* name : {"Content-Type", "Warning", "Retry-After", "Cache-Control", "Vary"}) {
        json::array values;
        for (const auto& [field, value] : response.headers.all()) {
            http::Headers one;
            one.set(field, value);
            // Whether the API server warns of a directive that it obeys is chance.
            if (value.contains("$retainKeys")) continue;
            if (one.find(name)) values.emplace_back(comparable(value, names));
        }
        if (!values.empty()) fields[name] = values;
    }
    return fields;
}

json::object answered(json::object step, const http::ClientResponse& response, Names& names) {
    json::value body = parse_body(response.body);
    if (const json::value* keep = step.if_contains("keep")) {
        for (const auto& [name, pointer] : keep->as_object()) {
            boost::system::error_code missing;
            const json::value* found = body.find_pointer(pointer.as_string(), missing);
            if (!found || !found->is_string()) {
                throw std::runtime_error(fmt::format("{}: no {} in {}", text_of(step, "ask"),
                                                     std::string_view(pointer.as_string()),
                                                     response.body));
            }
            names[std::string(name)] = std::string(found->get_string());
        }
    }
    if (const json::value* path = step.if_contains("pick")) body = picked(body, path->as_array());
    make_comparable(body, names);
    step["status"] = response.status;
    step["fields"] = fields_of(response, names);
    step["answer"] = std::move(body);
    return step;
}

asio::awaitable<WireRecord> play_all(WireRecord record, Access access, std::string name_space) {
    const rt::SystemClock clock;
    const auto executor = co_await asio::this_coro::executor;
    http::Client client(executor, {.tls = access.tls}, clock);
    const std::string token = access.token.empty() && !access.token_file.empty()
                                  ? dsm::testing::read_file(access.token_file)
                                  : access.token;
    Names names{{"ns", name_space}};
    for (json::object& step : record.steps) {
        const auto response =
            co_await client.send(request_of(step, access, token, names),
                                 rt::Deadline::after(clock, std::chrono::seconds(10)));
        if (!response) {
            step["status"] = 0;
            step["answer"] = response.error().message;
            continue;
        }
        step = answered(std::move(step), *response, names);
    }
    client.close();
    co_return record;
}

}  // namespace

WireRecord read_wire_record(const std::string& path) {
    const json::value file = json::parse(dsm::testing::read_file(path));
    WireRecord record{std::string(file.at("server").as_string()), {}};
    for (const json::value& step : file.at("steps").as_array()) {
        record.steps.push_back(step.as_object());
    }
    return record;
}

std::string to_text(const WireRecord& record) {
    std::string text = fmt::format("{{\"server\": \"{}\", \"steps\": [\n", record.server);
    for (std::size_t i = 0; i < record.steps.size(); ++i) {
        text += json::serialize(record.steps[i]) + (i + 1 < record.steps.size() ? ",\n" : "\n");
    }
    return text + "]}\n";
}

WireRecord play(const WireRecord& record, const Access& access, const std::string& name_space) {
    return dsm::testing::await(play_all(record, access, name_space));
}

bool same_answer(const json::object& one, const json::object& other) {
    return std::ranges::all_of(std::array{"status", "fields", "answer"}, [&](const char* member) {
        const json::value* left = one.if_contains(member);
        const json::value* right = other.if_contains(member);
        return left && right && *left == *right;
    });
}

std::string difference(const json::object& recorded, const json::object& here) {
    const auto show = [](const json::object& step) {
        json::object answer;
        for (const char* member : {"status", "fields", "answer"}) {
            const json::value* value = step.if_contains(member);
            answer[member] = value ? *value : json::value();
        }
        return json::serialize(answer);
    };
    return fmt::format("{}\n--- recorded\n{}\n+++ here\n{}\n", text_of(recorded, "ask"),
                       show(recorded), show(here));
}

}  // namespace dsm::kube::testing
