// Classifies API server answers: typed outcomes from status codes and Status objects.
#include "libs/kube/answer.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "libs/http/retry_after.hpp"

namespace dsm::kube {
namespace {

namespace json = boost::json;

/// A Status object of the API machinery, as far as a rule here looks at it.
struct ApiStatus {
    std::string reason;
    std::string message;
    std::string name;
    std::string kind;  ///< the resource's plural, of everything but Invalid
    std::string group;
};

std::string text_at(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr || !value->is_string()) return {};
    return std::string(value->get_string());
}

const json::object* object_at(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value == nullptr ? nullptr : value->if_object();
}

std::optional<json::object> parse_object(std::string_view body) {
    boost::system::error_code error;
    json::parse_options options;
    options.max_depth = 128;
    json::value value = json::parse(body, error, {}, options);
    if (error || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

std::optional<ApiStatus> parse_status(const http::ClientResponse& answer) {
    auto body = parse_object(answer.body);
    if (!body || text_at(*body, "kind") != "Status") return std::nullopt;
    ApiStatus status{.reason = text_at(*body, "reason"), .message = text_at(*body, "message")};
    if (const json::object* details = object_at(*body, "details")) {
        status.name = text_at(*details, "name");
        status.kind = text_at(*details, "kind");
        status.group = text_at(*details, "group");
    }
    return status;
}

bool is_success(int status) {
    return status >= 200 && status < 300;
}

bool is_about(const ApiStatus& status, const Asked& asked) {
    return status.reason == "NotFound" && status.name == asked.name &&
           status.kind == asked.resource.plural && status.group == asked.resource.group;
}

/// True if `object` is what was asked for, and not what some other server says to everyone.
bool is_asked_object(const json::object& object, const Asked& asked) {
    const json::object* metadata = object_at(object, "metadata");
    if (metadata == nullptr || text_at(object, "kind") != asked.resource.kind) return false;
    if (text_at(*metadata, "name") != asked.name) return false;
    return !asked.resource.namespaced || text_at(*metadata, "namespace") == asked.name_space;
}

std::string why_of(const http::ClientResponse& answer, const std::optional<ApiStatus>& status) {
    if (answer.status == 401) return "the API server did not accept our credentials (401)";
    std::string why = fmt::format("the API server answered {}", answer.status);
    if (status) {
        if (!status->reason.empty()) why += " " + printable(status->reason, 60);
        if (!status->message.empty()) why += ": " + printable(status->message);
        return why;
    }
    if (is_success(answer.status)) return why + " with something that is not what was asked for";
    if (answer.status == 404) return why + " without saying that it is about this object";
    return why;
}

Unknown unknown(const http::ClientResponse& answer, const std::optional<ApiStatus>& status) {
    Unknown outcome{.why = why_of(answer, status)};
    // A success that cannot be understood is no work done.
    if (answer.status >= 400) outcome.health = http::health_of(answer);
    if (const auto wait = http::retry_after_seconds(answer)) {
        outcome.retry_after = std::chrono::seconds(*wait);
    }
    return outcome;
}

Forbidden forbidden(const Asked& asked, const std::optional<ApiStatus>& status) {
    return {.verb = std::string(asked.verb),
            .resource = qualified_name(asked.resource),
            .name_space = asked.resource.namespaced ? asked.name_space : std::string(),
            .message = status ? printable(status->message) : std::string()};
}

/// A refusal proves that nothing was changed only if the API machinery itself said so.
bool proves_refusal(const http::ClientResponse& answer, const std::optional<ApiStatus>& status) {
    if (answer.status == 429) return true;
    return status && answer.status >= 400 && answer.status < 500 && answer.status != 408;
}

Refused refused(const http::ClientResponse& answer, const std::optional<ApiStatus>& status) {
    if (!status) return {.reason = "TooManyRequests", .message = why_of(answer, status)};
    return {.reason = printable(status->reason, 60), .message = printable(status->message, 1000)};
}

}  // namespace

std::string printable(std::string_view text, std::size_t limit) {
    bool cut = text.size() > limit;
    if (cut) {
        while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
        text = text.substr(0, limit);
    }
    std::string out(text);
    for (char& c : out) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    }
    if (cut) out += "…";
    return out;
}

std::string describe(const Forbidden& forbidden) {
    if (forbidden.name_space.empty()) {
        return fmt::format("not allowed to {} {} at the cluster scope", forbidden.verb,
                           forbidden.resource);
    }
    return fmt::format("not allowed to {} {} in namespace {}", forbidden.verb, forbidden.resource,
                       forbidden.name_space);
}

GetOutcome read_get(const Asked& asked, const http::ClientResponse& answer) {
    if (answer.status == 200) {
        auto object = parse_object(answer.body);
        if (object && is_asked_object(*object, asked)) return Present{std::move(*object)};
    }
    const auto status = parse_status(answer);
    if (answer.status == 403) return forbidden(asked, status);
    if (answer.status == 404 && status && is_about(*status, asked)) return Absent{};
    return unknown(answer, status);
}

CreateOutcome read_create(const Asked& asked, const http::ClientResponse& answer) {
    if (is_success(answer.status)) {
        auto object = parse_object(answer.body);
        if (object && is_asked_object(*object, asked)) return Created{std::move(*object)};
    }
    const auto status = parse_status(answer);
    if (answer.status == 403) return forbidden(asked, status);
    if (answer.status == 409 && status && status->reason == "AlreadyExists") {
        return AlreadyExists{};
    }
    if (proves_refusal(answer, status)) return refused(answer, status);
    return unknown(answer, status);
}

DeleteOutcome read_delete(const Asked& asked, const http::ClientResponse& answer) {
    if (is_success(answer.status)) {
        auto object = parse_object(answer.body);
        const bool said_so = object && text_at(*object, "kind") == "Status" &&
                             text_at(*object, "status") == "Success";
        if (said_so || (object && is_asked_object(*object, asked))) return Deleted{};
    }
    const auto status = parse_status(answer);
    if (answer.status == 403) return forbidden(asked, status);
    if (answer.status == 404 && status && is_about(*status, asked)) return Absent{};
    if (answer.status == 409 && status) return Conflict{printable(status->message)};
    if (proves_refusal(answer, status)) return refused(answer, status);
    return unknown(answer, status);
}

ReviewOutcome read_review(const http::ClientResponse& answer) {
    const auto body = is_success(answer.status) ? parse_object(answer.body) : std::nullopt;
    const bool is_review = body && text_at(*body, "kind") == "SelfSubjectAccessReview";
    const json::object* judged = is_review ? object_at(*body, "status") : nullptr;
    const json::value* allowed = judged ? judged->if_contains("allowed") : nullptr;
    if (allowed == nullptr || !allowed->is_bool()) {
        return unknown(answer, parse_status(answer));
    }
    if (allowed->get_bool()) return Allowed{};
    return Denied{printable(text_at(*judged, "reason"))};
}

std::variant<Page, Expired, Forbidden, Unknown> read_page(const Asked& asked,
                                                          const http::ClientResponse& answer) {
    const std::string kind(asked.resource.kind);
    auto body = answer.status == 200 ? parse_object(answer.body) : std::nullopt;
    if (body && text_at(*body, "kind") == kind + "List") {
        json::value* items = body->if_contains("items");
        Page page;
        bool whole = items != nullptr && items->is_array();
        for (std::size_t i = 0; whole && i < items->get_array().size(); ++i) {
            json::object* item = items->get_array()[i].if_object();
            whole = item != nullptr && object_at(*item, "metadata") != nullptr;
            if (!whole) break;
            (*item)["kind"] = kind;  // typed lists leave both out
            (*item)["apiVersion"] = text_at(*body, "apiVersion");
            page.items.push_back(std::move(*item));
        }
        if (const json::object* metadata = object_at(*body, "metadata")) {
            page.resource_version = text_at(*metadata, "resourceVersion");
            page.next = text_at(*metadata, "continue");
        }
        if (whole) return page;
    }
    const auto status = parse_status(answer);
    if (answer.status == 403) return forbidden(asked, status);
    if (answer.status == 410) return Expired{};
    return unknown(answer, status);
}

}  // namespace dsm::kube
