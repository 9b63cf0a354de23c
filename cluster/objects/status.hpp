// Refusals of the Kubernetes API: code, reason, message and details, as a Status object.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/objects/json.hpp"
#include "cluster/objects/resource.hpp"

namespace dsm::cluster {

/// A refusal. `details` is null (no member), or an object, possibly empty.
struct ApiError {
    int code = 500;
    std::string reason;
    std::string message;
    json::value details;
    std::optional<int> retry_after;  ///< seconds; also the Retry-After header. Clients then repeat.
    /// Not a Status but this text as text/plain ("404 page not found").
    bool plain_text = false;
    std::string list_continue;  ///< Status.metadata.continue of an expired list; "" for none
};

template <class T>
using ApiResult = std::expected<T, ApiError>;

/// A value as Go prints it in errors: texts quoted, numbers and booleans bare.
struct Shown {
    Shown(const json::value& value);                  // NOLINT: meant to convert
    Shown(std::int64_t value);                        // NOLINT
    Shown(int value) : Shown(std::int64_t{value}) {}  // NOLINT: a bare 0 would be a null text
    Shown(std::string_view value);                    // NOLINT
    Shown(const std::string& value) : Shown(std::string_view(value)) {}  // NOLINT
    Shown(const char* value) : Shown(std::string_view(value)) {}         // NOLINT
    Shown(std::nullptr_t) = delete;
    std::string text;
};

/// What is wrong with one field. `body` is the text after "field: ".
struct FieldError {
    std::string reason;  ///< "FieldValueInvalid"
    std::string field;   ///< "spec.schedule"
    std::string body;

    static FieldError required(std::string field, std::string_view detail = "");
    static FieldError invalid(std::string field, const Shown& value, std::string_view detail);
    static FieldError not_supported(std::string field, const Shown& value,
                                    const std::vector<std::string>& supported);
    static FieldError forbidden(std::string field, std::string_view detail);
    static FieldError duplicate(std::string field, const Shown& value);
    static FieldError too_long(std::string field, std::size_t max_bytes);
    static FieldError too_many(std::string field, std::size_t actual, std::size_t max_items);

    bool operator==(const FieldError&) const = default;
};
using FieldErrors = std::vector<FieldError>;

/// The Status object of a refusal, as the body of the answer.
json::value to_status(const ApiError& error);

/// The Status of a delete that took effect at once.
json::value success_status(const ResourceType& type, std::string_view name, std::string_view uid);

ApiError bad_request(std::string message);  // 400
ApiError unauthorized();                    // 401
/// 403 `QR "name" is forbidden: <why>`; without a name `QR is forbidden: <why>`.
ApiError forbidden(const ResourceType& type, std::string_view name, std::string_view why);
/// 403 of a path that is no resource: `forbidden: User "u" cannot get path "/x"`.
ApiError forbidden_path(std::string_view user, std::string_view verb, std::string_view path);
ApiError not_found(const ResourceType& type, std::string_view name);  // 404
ApiError page_not_found();                                            // 404, plain text
/// 404 `the server could not find the requested resource`.
ApiError unknown_resource();
ApiError method_not_allowed();  // 405
/// 406; `collection` adds the two streaming representations.
ApiError not_acceptable(bool collection);
ApiError unknown_transform();  // 406, bad `as=`
ApiError already_exists(const ResourceType& type, std::string_view name,
                        bool being_deleted = false);
/// 409 "the object has been modified; …".
ApiError conflict(const ResourceType& type, std::string_view name);
/// 409 `Operation cannot be fulfilled on QR "name": <why>`.
ApiError conflict(const ResourceType& type, std::string_view name, std::string_view why);
/// 409 of a delete whose preconditions fail: names the kind, not the resource.
ApiError precondition_failed(const ResourceType& type, std::string_view name, std::string_view why);
ApiError expired(std::string message);           // 410
ApiError entity_too_large(std::string message);  // 413
ApiError unsupported_media_type();               // 415, POST and PUT
ApiError unsupported_patch_type();               // 415, PATCH
/// 422 of an object. `errors` must not be empty.
ApiError invalid(const ResourceType& type, std::string_view name, const FieldErrors& errors);
/// The same for kinds outside the registry: options, or a review ("" kind).
ApiError invalid(std::string_view group, std::string_view kind, std::string_view name,
                 const FieldErrors& errors);
/// 422 `the server rejected our request due to an error in our request` (a failed JSON patch).
ApiError rejected();
ApiError too_many_requests(std::string message, int retry_after);  // 429
/// 500 with message and code alone, as a bare error inside the server.
ApiError server_error(std::string message);
ApiError internal_error(std::string_view what);  // 500, with a cause
ApiError unavailable(std::string message);       // 503, not to repeat
/// 504 `Timeout: Too large resource version: N, current: M`, to be repeated after a second.
ApiError too_large_resource_version(std::uint64_t asked, std::uint64_t current);

}  // namespace dsm::cluster
