// The texts of the API's refusals.
#include "cluster/objects/status.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace dsm::cluster {
namespace {

constexpr std::string_view kFormats =
    "application/json, application/yaml, application/vnd.kubernetes.protobuf";

json::object resource_details(const ResourceType& type, std::string_view name) {
    json::object details;
    if (!name.empty()) details["name"] = name;
    if (!type.group.empty()) details["group"] = type.group;
    details["kind"] = type.plural;
    return details;
}

std::string with_detail(std::string_view head, std::string_view detail) {
    return detail.empty() ? std::string(head) : fmt::format("{}: {}", head, detail);
}

}  // namespace

Shown::Shown(const json::value& value)
    : text(value.is_string() ? go_quote(value.get_string()) : json::serialize(value)) {}

Shown::Shown(std::int64_t value) : text(fmt::format("{}", value)) {}

Shown::Shown(std::string_view value) : text(go_quote(value)) {}

FieldError FieldError::required(std::string field, std::string_view detail) {
    return {"FieldValueRequired", std::move(field), with_detail("Required value", detail)};
}

FieldError FieldError::invalid(std::string field, const Shown& value, std::string_view detail) {
    return {"FieldValueInvalid", std::move(field),
            with_detail("Invalid value: " + value.text, detail)};
}

FieldError FieldError::not_supported(std::string field, const Shown& value,
                                     const std::vector<std::string>& supported) {
    std::vector<std::string> quoted;
    for (const auto& each : supported) quoted.push_back(go_quote(each));
    return {"FieldValueNotSupported", std::move(field),
            fmt::format("Unsupported value: {}: supported values: {}", value.text,
                        fmt::join(quoted, ", "))};
}

FieldError FieldError::forbidden(std::string field, std::string_view detail) {
    return {"FieldValueForbidden", std::move(field), with_detail("Forbidden", detail)};
}

FieldError FieldError::duplicate(std::string field, const Shown& value) {
    return {"FieldValueDuplicate", std::move(field), "Duplicate value: " + value.text};
}

FieldError FieldError::too_long(std::string field, std::size_t max_bytes) {
    return {"FieldValueTooLong", std::move(field),
            fmt::format("Too long: may not be more than {} bytes", max_bytes)};
}

FieldError FieldError::too_many(std::string field, std::size_t actual, std::size_t max_items) {
    return {"FieldValueTooMany", std::move(field),
            fmt::format("Too many: {}: must have at most {} items", actual, max_items)};
}

json::value to_status(const ApiError& error) {
    json::object metadata;
    if (!error.list_continue.empty()) metadata["continue"] = error.list_continue;
    json::object status{{"kind", "Status"},
                        {"apiVersion", "v1"},
                        {"metadata", std::move(metadata)},
                        {"status", "Failure"},
                        {"message", error.message}};
    if (!error.reason.empty()) status["reason"] = error.reason;
    if (error.details.is_object()) status["details"] = error.details;
    if (error.retry_after) {
        auto& details = status["details"];
        if (!details.is_object()) details.emplace_object();
        details.get_object()["retryAfterSeconds"] = *error.retry_after;
    }
    status["code"] = error.code;
    return status;
}

json::value success_status(const ResourceType& type, std::string_view name, std::string_view uid) {
    auto details = resource_details(type, name);
    details["uid"] = uid;
    return json::object{{"kind", "Status"},
                        {"apiVersion", "v1"},
                        {"metadata", json::object{}},
                        {"status", "Success"},
                        {"details", std::move(details)}};
}

ApiError bad_request(std::string message) {
    return {.code = 400, .reason = "BadRequest", .message = std::move(message)};
}

ApiError unauthorized() {
    return {.code = 401, .reason = "Unauthorized", .message = "Unauthorized"};
}

ApiError forbidden(const ResourceType& type, std::string_view name, std::string_view why) {
    return {.code = 403,
            .reason = "Forbidden",
            .message = name.empty()
                           ? fmt::format("{} is forbidden: {}", type.qualified(), why)
                           : fmt::format("{} \"{}\" is forbidden: {}", type.qualified(), name, why),
            .details = resource_details(type, name)};
}

ApiError forbidden_path(std::string_view user, std::string_view verb, std::string_view path) {
    return {.code = 403,
            .reason = "Forbidden",
            .message = fmt::format("forbidden: User {} cannot {} path {}", go_quote(user), verb,
                                   go_quote(path)),
            .details = json::object{}};
}

ApiError not_found(const ResourceType& type, std::string_view name) {
    return {.code = 404,
            .reason = "NotFound",
            .message = fmt::format("{} \"{}\" not found", type.qualified(), name),
            .details = resource_details(type, name)};
}

ApiError page_not_found() {
    return {.code = 404, .message = "404 page not found\n", .plain_text = true};
}

ApiError unknown_resource() {
    return {.code = 404,
            .reason = "NotFound",
            .message = "the server could not find the requested resource",
            .details = json::object{}};
}

ApiError method_not_allowed() {
    return {.code = 405,
            .reason = "MethodNotAllowed",
            .message = "the server does not allow this method on the requested resource",
            .details = json::object{}};
}

ApiError not_acceptable(bool collection) {
    std::string formats(kFormats);
    if (collection) {
        formats +=
            ", application/json;stream=watch, application/vnd.kubernetes.protobuf;"
            "stream=watch";
    }
    return {.code = 406,
            .reason = "NotAcceptable",
            .message = "406: Not Acceptable\n\nAvailable representations: " + formats,
            .details = json::object{}};
}

ApiError unknown_transform() {
    return {.code = 406,
            .reason = "NotAcceptable",
            .message = fmt::format("only the following media types are accepted: {}", kFormats)};
}

ApiError already_exists(const ResourceType& type, std::string_view name, bool being_deleted) {
    return {.code = 409,
            .reason = "AlreadyExists",
            .message = fmt::format("{}{} \"{}\" already exists",
                                   being_deleted ? "object is being deleted: " : "",
                                   type.qualified(), name),
            .details = resource_details(type, name)};
}

ApiError conflict(const ResourceType& type, std::string_view name) {
    return conflict(type, name,
                    "the object has been modified; please apply your changes to the latest version "
                    "and try again");
}

ApiError conflict(const ResourceType& type, std::string_view name, std::string_view why) {
    return {.code = 409,
            .reason = "Conflict",
            .message = fmt::format("Operation cannot be fulfilled on {} \"{}\": {}",
                                   type.qualified(), name, why),
            .details = resource_details(type, name)};
}

ApiError precondition_failed(const ResourceType& type, std::string_view name,
                             std::string_view why) {
    auto details = resource_details(type, name);
    details["kind"] = type.kind;
    return {.code = 409,
            .reason = "Conflict",
            .message = fmt::format("Operation cannot be fulfilled on {} \"{}\": {}",
                                   type.qualified_kind(), name, why),
            .details = std::move(details)};
}

ApiError expired(std::string message) {
    return {.code = 410, .reason = "Expired", .message = std::move(message)};
}

ApiError entity_too_large(std::string message) {
    return {.code = 413, .reason = "RequestEntityTooLarge", .message = std::move(message)};
}

ApiError unsupported_media_type() {
    return {.code = 415,
            .reason = "UnsupportedMediaType",
            .message = fmt::format("the body of the request was in an unknown format - accepted "
                                   "media types include: {}",
                                   kFormats)};
}

ApiError unsupported_patch_type() {
    return {.code = 415,
            .reason = "UnsupportedMediaType",
            .message = "415: Unsupported Media Type",
            .details = json::object{}};
}

ApiError invalid(const ResourceType& type, std::string_view name, const FieldErrors& errors) {
    return invalid(type.group, type.kind, name, errors);
}

ApiError invalid(std::string_view group, std::string_view kind, std::string_view name,
                 const FieldErrors& errors) {
    std::vector<std::string> texts;
    json::array causes;
    for (const auto& error : errors) {
        auto text = fmt::format("{}: {}", error.field, error.body);
        if (std::ranges::find(texts, text) == texts.end()) texts.push_back(std::move(text));
        causes.push_back(json::object{
            {"reason", error.reason}, {"message", error.body}, {"field", error.field}});
    }
    const auto subject = group.empty() ? std::string(kind) : fmt::format("{}.{}", kind, group);
    json::object details;
    if (!name.empty()) details["name"] = name;
    if (!group.empty()) details["group"] = group;
    if (!kind.empty()) details["kind"] = kind;
    details["causes"] = std::move(causes);
    return {.code = 422,
            .reason = "Invalid",
            .message = texts.size() == 1
                           ? fmt::format("{} \"{}\" is invalid: {}", subject, name, texts.front())
                           : fmt::format("{} \"{}\" is invalid: [{}]", subject, name,
                                         fmt::join(texts, ", ")),
            .details = std::move(details)};
}

ApiError rejected() {
    return {.code = 422,
            .reason = "Invalid",
            .message = "the server rejected our request due to an error in our request",
            .details = json::object{}};
}

ApiError too_many_requests(std::string message, int retry_after) {
    return {.code = 429,
            .reason = "TooManyRequests",
            .message = std::move(message),
            .retry_after = retry_after};
}

ApiError server_error(std::string message) {
    return {.code = 500, .message = std::move(message)};
}

ApiError internal_error(std::string_view what) {
    return {.code = 500,
            .reason = "InternalError",
            .message = fmt::format("Internal error occurred: {}", what),
            .details = json::object{{"causes", json::array{json::object{{"message", what}}}}}};
}

ApiError unavailable(std::string message) {
    return {.code = 503, .reason = "ServiceUnavailable", .message = std::move(message)};
}

ApiError too_large_resource_version(std::uint64_t asked, std::uint64_t current) {
    return {.code = 504,
            .reason = "Timeout",
            .message =
                fmt::format("Timeout: Too large resource version: {}, current: {}", asked, current),
            .details = json::object{{"causes", json::array{json::object{
                                                   {"reason", "ResourceVersionTooLarge"},
                                                   {"message", "Too large resource version"}}}}},
            .retry_after = 1};
}

}  // namespace dsm::cluster
