// One walk over value and type: wrong types as Go reports them, unknown fields, canonical values.
#include "cluster/objects/decode/typed.hpp"

#include <fmt/format.h>

#include <limits>

#include "cluster/objects/schema/quantity.hpp"
#include "libs/base/time.hpp"

namespace dsm::cluster {
namespace {

std::string_view kind_name(const json::value& value) {
    switch (value.kind()) {
        case json::kind::string:
            return "string";
        case json::kind::bool_:
            return "bool";
        case json::kind::object:
            return "object";
        case json::kind::array:
            return "array";
        default:
            return "number";
    }
}

std::string number_text(const json::value& value) {
    auto text = json::serialize(value);
    if (value.is_double()) {
        const auto number = value.get_double();
        text = fmt::format("{}", number);
        if (text.find_first_of(".en") == std::string::npos) text += ".0";
    }
    return text;
}

/// Go names of string types that are not plain strings.
std::string go_type(const Field& field) {
    static const std::map<std::string_view, std::string_view> kAliases = {
        {"concurrencyPolicy", "v1.ConcurrencyPolicy"},
        {"imagePullPolicy", "v1.PullPolicy"},
        {"restartPolicy", "v1.RestartPolicy"},
        {"dnsPolicy", "v1.DNSPolicy"},
        {"completionMode", "v1.CompletionMode"},
        {"uid", "types.UID"},
        {"protocol", "v1.Protocol"},
    };
    if (field.base == Base::kString && field.presence != Presence::kMap) {
        if (const auto found = kAliases.find(field.name); found != kAliases.end()) {
            return std::string(found->second);
        }
    }
    return field.go_type();
}

/// Where the walk is: Go's field stack (without indexes) and the strict path (with them).
struct Place {
    std::string go_struct;
    std::string go_path;
    std::string path;

    Place member(const Message& of, std::string_view name) const {
        return {of.go_name(), join(go_path, name), join(path, name)};
    }
    Place element(std::size_t index) const {
        return {go_struct, go_path, fmt::format("{}[{}]", path, index)};
    }
    Place key(std::string_view name) const { return {go_struct, go_path, join(path, name)}; }

    static std::string join(const std::string& head, std::string_view name) {
        return head.empty() ? std::string(name) : fmt::format("{}.{}", head, name);
    }
};

class Walk {
public:
    explicit Walk(Typed& out) : out_(out) {}

    json::value message(const Message& type, const json::value& value, const Place& place,
                        Envelope envelope = Envelope::kNo) {
        json::object result;
        const auto* object = value.if_object();
        if (!object && !value.is_null()) {
            wrong(std::string(kind_name(value)), place, type.go_type());
            return result;
        }
        static const json::object kEmpty;
        if (!object) object = &kEmpty;
        if (envelope == Envelope::kYes) {
            for (const char* name : {"apiVersion", "kind"}) type_meta(*object, name, result);
        }
        for (const auto& [name, member] : *object) {
            if (envelope == Envelope::kYes && (name == "apiVersion" || name == "kind")) continue;
            const auto* field = type.field(name);
            if (!field) {
                out_.unknown.push_back(Place::join(place.path, name));
            } else if (auto typed = field_value(*field, member, place.member(type, name))) {
                result[name] = std::move(*typed);
            }
        }
        for (const auto& [name, field] : type.by_name) {
            if (!result.contains(name)) add_zero(*field, result);
        }
        return result;
    }

private:
    void type_meta(const json::object& object, const char* name, json::object& result) {
        const auto* member = object.if_contains(name);
        if (!member || member->is_null()) return;
        if (member->is_string()) {
            result[name] = *member;
        } else {
            wrong(std::string(kind_name(*member)), {"TypeMeta", name, name}, "string");
        }
    }

    /// What Go writes for a field that is absent.
    void add_zero(const Field& field, json::object& result) {
        if (field.presence != Presence::kOpt) return;
        if (field.base == Base::kMessage) {
            result[field.name] = message(*field.message, nullptr, {});
            return;
        }
        if (!field.always) return;
        switch (field.base) {
            case Base::kString:
                result[field.name] = "";
                break;
            case Base::kBool:
                result[field.name] = false;
                break;
            case Base::kQuantity:
                result[field.name] = "0";
                break;
            case Base::kTime:
            case Base::kMicroTime:
                result[field.name] = nullptr;
                break;
            default:
                result[field.name] = 0;
                break;
        }
    }

    /// nullopt: the field counts as absent.
    std::optional<json::value> field_value(const Field& field, const json::value& value,
                                           const Place& place) {
        if (value.is_null()) return std::nullopt;
        if (field.presence == Presence::kRep) return list(field, value, place);
        if (field.presence == Presence::kMap) return map(field, value, place);
        auto single = one(field, value, place);
        if (!single || field.presence == Presence::kPtr) return single;
        return is_zero(field, *single) ? std::nullopt : single;
    }

    static bool is_zero(const Field& field, const json::value& value) {
        switch (field.base) {
            case Base::kString:
                return value.get_string().empty();
            case Base::kBool:
                return !value.get_bool();
            case Base::kInt32:
            case Base::kInt64:
                return value.get_int64() == 0;
            default:
                return false;
        }
    }

    std::optional<json::value> list(const Field& field, const json::value& value,
                                    const Place& place) {
        const auto* array = value.if_array();
        if (!array) {
            wrong(std::string(kind_name(value)), place, go_type(field));
            return std::nullopt;
        }
        json::array result;
        for (const auto& element : *array) {
            auto typed = one(field, element, place.element(result.size()));
            result.push_back(typed ? std::move(*typed) : json::value(""));
        }
        if (result.empty()) return std::nullopt;
        return result;
    }

    std::optional<json::value> map(const Field& field, const json::value& value,
                                   const Place& place) {
        const auto* object = value.if_object();
        if (!object) {
            wrong(std::string(kind_name(value)), place, go_type(field));
            return std::nullopt;
        }
        json::object result;
        for (const auto& [name, member] : *object) {
            auto typed = one(field, member, place.key(name));
            result[name] = typed ? std::move(*typed) : json::value("");
        }
        if (result.empty()) return std::nullopt;
        return result;
    }

    /// One value of the field's element type; nullopt for null and for errors.
    std::optional<json::value> one(const Field& field, const json::value& value,
                                   const Place& place) {
        switch (field.base) {
            case Base::kMessage:
                return message(*field.message, value, place);
            case Base::kRaw:
                return value;
            case Base::kStrings:
                return strings(value, place);
            default:
                break;
        }
        if (value.is_null()) return std::nullopt;
        switch (field.base) {
            case Base::kString:
                if (value.is_string()) return value;
                break;
            case Base::kBool:
                if (value.is_bool()) return value;
                break;
            case Base::kInt32:
            case Base::kInt64:
                return integer(field, value, place);
            case Base::kTime:
            case Base::kMicroTime:
                return time(field, value);
            case Base::kQuantity:
                return quantity(value);
            case Base::kIntOrString:
                return int_or_string(value);
            default:
                break;
        }
        auto type = field.base == Base::kBool ? std::string("bool") : go_type(field);
        if (field.presence == Presence::kRep || field.presence == Presence::kMap) type = "string";
        wrong(std::string(kind_name(value)), place, type);
        return std::nullopt;
    }

    std::optional<json::value> strings(const json::value& value, const Place& place) {
        const auto* array = value.if_array();
        if (!array) {
            if (!value.is_null()) wrong(std::string(kind_name(value)), place, "[]string");
            return std::nullopt;
        }
        for (const auto& each : *array) {
            if (!each.is_string()) wrong(std::string(kind_name(each)), place, "string");
        }
        return value;
    }

    std::optional<json::value> integer(const Field& field, const json::value& value,
                                       const Place& place) {
        const char* type = field.base == Base::kInt32 ? "int32" : "int64";
        const bool fits =
            value.is_int64() && (field.base == Base::kInt64 ||
                                 (value.get_int64() >= std::numeric_limits<std::int32_t>::min() &&
                                  value.get_int64() <= std::numeric_limits<std::int32_t>::max()));
        if (fits) return value;
        wrong(value.is_number() ? "number " + number_text(value) : std::string(kind_name(value)),
              place, type);
        return std::nullopt;
    }

    std::optional<json::value> time(const Field& field, const json::value& value) {
        if (!value.is_string()) {
            fail(fmt::format("json: cannot unmarshal {} into Go value of type string",
                             kind_name(value)));
            return std::nullopt;
        }
        const std::string text(value.get_string());
        const bool micro = field.base == Base::kMicroTime;
        const auto instant = parse_rfc3339(text);
        if (!instant || (micro && !has_six_decimals(text))) {
            fail(bad_time(text, micro));
            return std::nullopt;
        }
        if (text.starts_with("0001-01-01T00:00:00")) return std::nullopt;  // Go's zero time
        return json::value(micro ? format_rfc3339_micros(*instant) : format_rfc3339(*instant));
    }

    static bool has_six_decimals(const std::string& text) {
        const auto dot = text.find('.');
        if (dot == std::string::npos) return false;
        return text.find_first_not_of("0123456789", dot + 1) == dot + 7;
    }

    static std::string bad_time(const std::string& text, bool micro) {
        constexpr std::string_view kLayout = "2006-01-02T15:04:05Z07:00";
        if (!micro) {
            return fmt::format("parsing time {} as \"{}\": cannot parse {} as \"2006\"",
                               go_quote(text), kLayout, go_quote(text));
        }
        if (text.empty() || !std::isdigit(static_cast<unsigned char>(text.front()))) {
            return fmt::format(
                "parsing time {} as \"2006-01-02T15:04:05.000000Z07:00\": cannot parse {} as "
                "\"2006\"",
                go_quote(text), go_quote(text));
        }
        const auto rest = text.size() > 19 ? text.substr(19) : text;
        return fmt::format(
            "parsing time {} as \"2006-01-02T15:04:05.000000Z07:00\": cannot parse {} as "
            "\".000000\"",
            go_quote(text), go_quote(rest));
    }

    std::optional<json::value> quantity(const json::value& value) {
        std::string text;
        if (value.is_string()) {
            text = value.get_string();
        } else if (value.is_number()) {
            text = json::serialize(value);
            if (value.is_double()) text = fmt::format("{}", value.get_double());
        }
        auto canonical = canonical_quantity(text);
        if (!canonical) {
            fail(
                "quantities must match the regular expression "
                "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
            return std::nullopt;
        }
        return json::value(*canonical);
    }

    std::optional<json::value> int_or_string(const json::value& value) {
        if (value.is_int64() || value.is_string()) return value;
        fail(fmt::format(
            "json: cannot unmarshal {} into Go value of type int32",
            value.is_number() ? "number " + number_text(value) : std::string(kind_name(value))));
        return std::nullopt;
    }

    void wrong(const std::string& what, const Place& place, std::string_view type) {
        fail(place.go_path.empty()
                 ? fmt::format("json: cannot unmarshal {} into Go value of type {}", what, type)
                 : fmt::format("json: cannot unmarshal {} into Go struct field {}.{} of type {}",
                               what, place.go_struct, place.go_path, type));
    }

    void fail(std::string text) {
        if (!out_.error) out_.error = std::move(text);
    }

    Typed& out_;
};

}  // namespace

Typed type_check(const Message& message, const json::value& value, Envelope envelope) {
    Typed out;
    out.value = Walk(out).message(message, value, {}, envelope);
    return out;
}

}  // namespace dsm::cluster
