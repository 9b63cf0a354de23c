// Bodies to objects: format, kind and version, strictness, and the texts of each refusal.
#include "cluster/objects/decode.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cluster/objects/decode/protobuf.hpp"
#include "cluster/objects/decode/typed.hpp"

namespace dsm::cluster {
namespace {

struct Parsed {
    json::value value;
    std::vector<std::string> duplicates;  // as the strict texts name them
};

std::expected<Parsed, std::string> parse_body(std::string_view body, BodyFormat format) {
    Parsed parsed;
    std::expected<json::value, std::string> value;
    if (format == BodyFormat::kProtobuf) {
        value = decode_protobuf(body);
    } else if (format == BodyFormat::kYaml) {
        value = parse_yaml(body, &parsed.duplicates);
    } else {
        std::vector<std::string> paths;
        value = parse_json(body, &paths);
        for (const auto& path : paths) {
            parsed.duplicates.push_back(fmt::format("duplicate field {}", go_quote(path)));
        }
    }
    if (!value) return std::unexpected(value.error());
    parsed.value = std::move(*value);
    return parsed;
}

std::string summary_of(std::string_view body) {
    constexpr std::size_t kMax = 30;
    if (body.empty()) return "<empty>";
    const auto head = body.substr(0, kMax);
    std::string out;
    if (body[0] == '{') {
        out = head;
    } else {
        for (char c : head) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
    }
    return body.size() > kMax ? out + " ..." : out;
}

ApiError unrecognized(const ResourceType& type, std::string_view body, std::string_view error,
                      BodyFormat format) {
    const auto prefix =
        format == BodyFormat::kJson ? "couldn't get version/kind; json parse error: " : "";
    return bad_request(
        fmt::format("the object provided is unrecognized (must be of type {}): {}{} "
                    "({})",
                    type.kind, prefix, error, summary_of(body)));
}

ApiError cannot_handle(const ResourceType& type, std::string_view kind, std::string_view version,
                       std::string_view why) {
    return bad_request(fmt::format("{} in version {} cannot be handled as a {}: {}", kind,
                                   go_quote(version), type.kind, why));
}

bool is_known_version(std::string_view api_version) {
    return std::ranges::any_of(
        registry(), [&](const ResourceType& each) { return each.group_version() == api_version; });
}

std::string no_kind(std::string_view kind, std::string_view version) {
    return fmt::format(
        "no kind {} is registered for version {} in scheme \"pkg/api/legacyscheme/scheme.go:30\"",
        go_quote(kind), go_quote(version));
}

/// Why an object is none of this type, by its kind and version; nullopt if it is one.
std::optional<std::string> why_not(const ResourceType& type, const json::value& value) {
    const auto expected = type.group_version();
    auto version = text_at(value, {"apiVersion"});
    auto kind = text_at(value, {"kind"});
    if (version.empty()) version = expected;
    if (kind.empty()) kind = type.kind;
    if (kind == type.kind && version == expected) return std::nullopt;
    if (kind == type.kind || !find_kind(version, kind)) return no_kind(kind, version);
    return fmt::format("converting ({}.{}) to ({}.{}): unknown conversion",
                       split_api_version(version).second, kind,
                       type.group.empty() ? "core" : type.group, type.kind);
}

/// Refuses another kind or version; a body may name neither.
std::optional<ApiError> kind_mismatch(const ResourceType& type, const json::value& value) {
    const auto api_version = text_at(value, {"apiVersion"});
    const auto kind = text_at(value, {"kind"});
    const auto expected = type.group_version();
    const bool elsewhere = is_known_version(api_version) && api_version != expected;
    if ((!kind.empty() && kind != type.kind) || elsewhere) {
        const auto version = api_version.empty() ? std::string_view(expected) : api_version;
        return cannot_handle(type, kind, split_api_version(version).second, *why_not(type, value));
    }
    if (!api_version.empty() && api_version != expected) {
        return bad_request(
            fmt::format("the API version in the data ({}) does not match the "
                        "expected API version ({})",
                        api_version, expected));
    }
    return std::nullopt;
}

std::vector<std::string> strict_errors(const Typed& typed, std::vector<std::string> duplicates) {
    std::vector<std::string> errors;
    for (const auto& path : typed.unknown) {
        errors.push_back(fmt::format("unknown field {}", go_quote(path)));
    }
    // YAML is read before it is typed, so its repeated keys come first.
    const bool yaml = !duplicates.empty() && duplicates.front().starts_with("yaml: ");
    errors.insert(yaml ? errors.begin() : errors.end(), duplicates.begin(), duplicates.end());
    return errors;
}

const Message& message_of(const ResourceType& type) {
    return *find_message(type.message);
}

}  // namespace

std::optional<FieldValidation> field_validation_of(std::string_view text) {
    if (text.empty() || text == "Warn") return FieldValidation::kWarn;
    if (text == "Ignore") return FieldValidation::kIgnore;
    if (text == "Strict") return FieldValidation::kStrict;
    return std::nullopt;
}

ApiResult<Decoded> decode_body(const ResourceType& type, std::string_view body, BodyFormat format,
                               FieldValidation validation) {
    auto parsed = parse_body(body, format);
    if (!parsed) return std::unexpected(unrecognized(type, body, parsed.error(), format));
    if (parsed->value.is_null()) parsed->value.emplace_object();
    if (!parsed->value.is_object()) {
        const auto error =
            format == BodyFormat::kJson || format == BodyFormat::kYaml
                ? fmt::format(
                      "json: cannot unmarshal {} into Go value of type struct {{ "
                      "APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string "
                      "\"json:\\\"kind,omitempty\\\"\" }}",
                      go_kind(parsed->value))
                : std::string("not an object");
        return std::unexpected(unrecognized(type, body, error, BodyFormat::kJson));
    }
    for (const char* member : {"apiVersion", "kind"}) {
        const auto* value = find_at(parsed->value, {member});
        if (!value || value->is_string() || value->is_null()) continue;
        return std::unexpected(
            unrecognized(type, body,
                         fmt::format("json: cannot unmarshal {} into Go struct field .{} of type "
                                     "string",
                                     go_kind(*value), member),
                         BodyFormat::kJson));
    }
    if (auto error = kind_mismatch(type, parsed->value)) return std::unexpected(std::move(*error));

    auto typed = type_check(message_of(type), parsed->value, Envelope::kYes);
    if (typed.error) {
        return std::unexpected(cannot_handle(type, type.kind, type.version, *typed.error));
    }
    auto strict = strict_errors(typed, std::move(parsed->duplicates));
    if (validation == FieldValidation::kStrict && !strict.empty()) {
        return std::unexpected(
            cannot_handle(type, type.kind, type.version,
                          fmt::format("strict decoding error: {}", fmt::join(strict, ", "))));
    }
    Decoded decoded{.object = std::move(typed.value)};
    auto& object = decoded.object.as_object();
    object["apiVersion"] = type.group_version();
    object["kind"] = type.kind;
    if (validation == FieldValidation::kWarn) decoded.warnings = std::move(strict);
    return decoded;
}

ApiResult<Decoded> decode_patched(const ResourceType& type, const json::value& patched,
                                  FieldValidation validation) {
    const auto refuse = [&](const std::string& why) {
        const FieldErrors errors{
            {"FieldValueInvalid", "patch",
             fmt::format("Invalid value: {}: {}", go_quote(json::serialize(patched)), why)}};
        return std::unexpected(invalid("", "", "", errors));
    };
    if (!patched.is_object()) return refuse("json: cannot unmarshal array into Go value");
    const auto api_version = text_at(patched, {"apiVersion"});
    const auto kind = text_at(patched, {"kind"});
    if (kind != type.kind || api_version != type.group_version()) {
        if (auto why = why_not(type, patched)) return refuse(*why);
    }
    auto typed = type_check(message_of(type), patched, Envelope::kYes);
    if (typed.error) return refuse(*typed.error);
    auto strict = strict_errors(typed, {});
    if (validation == FieldValidation::kStrict && !strict.empty()) {
        return refuse(fmt::format("strict decoding error: {}", fmt::join(strict, ", ")));
    }
    Decoded decoded{.object = std::move(typed.value)};
    auto& object = decoded.object.as_object();
    object["apiVersion"] = type.group_version();
    object["kind"] = type.kind;
    if (validation == FieldValidation::kWarn) decoded.warnings = std::move(strict);
    return decoded;
}

ApiResult<json::value> decode_delete_options(std::string_view body, BodyFormat format) {
    if (body.empty()) return json::value(nullptr);
    auto parsed = parse_body(body, format);
    if (!parsed) {
        return std::unexpected(
            server_error(format == BodyFormat::kJson
                             ? "couldn't get version/kind; json parse error: " + parsed.error()
                             : parsed.error()));
    }
    const auto kind = text_at(parsed->value, {"kind"});
    if (!kind.empty() && kind != "DeleteOptions") {
        return std::unexpected(server_error(no_kind(kind, text_at(parsed->value, {"apiVersion"}))));
    }
    auto typed = type_check(*find_message("meta.v1.DeleteOptions"), parsed->value, Envelope::kYes);
    if (typed.error) return std::unexpected(server_error(*typed.error));
    return std::move(typed.value);
}

ApiResult<json::value> parse_apply_body(std::string_view body) {
    auto value = body.starts_with('{') ? parse_json(body) : parse_yaml(body);
    if (!value && body.starts_with('{')) value = parse_yaml(body);
    if (!value) {
        return std::unexpected(bad_request(
            fmt::format("error decoding YAML: error converting YAML to JSON: {}", value.error())));
    }
    if (!value->is_object() && !value->is_null()) {
        return std::unexpected(bad_request(
            fmt::format("error decoding YAML: error unmarshaling JSON: while decoding JSON: json: "
                        "cannot unmarshal {} into Go value of type map[string]interface {{}}",
                        go_kind(*value))));
    }
    return std::move(*value);
}

json::value canonical(const ResourceType& type, const json::value& object) {
    return std::move(type_check(message_of(type), object, Envelope::kYes).value);
}

}  // namespace dsm::cluster
