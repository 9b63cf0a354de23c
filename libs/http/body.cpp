#include "libs/http/body.hpp"

#include "libs/http/scalars.hpp"

namespace dsm::http {

namespace json = boost::json;

namespace {

constexpr const char* kNotAnObject =
    "Input should be a valid dictionary or object to extract fields from";

void report(std::vector<FieldError>& errors, FieldError error) {
    if (errors.size() < kErrorLimit) errors.push_back(std::move(error));
}

FieldError as_error(Refusal refusal, std::vector<json::value> loc, json::value input) {
    return {std::move(refusal.type), std::move(loc), std::move(refusal.msg), std::move(input),
            std::move(refusal.ctx)};
}

}  // namespace

ObjectReader::ObjectReader(const json::value& object, std::vector<FieldError>& errors,
                           std::vector<json::value> loc)
    : object_(object.if_object()), errors_(errors), loc_(std::move(loc)) {
    if (object_ == nullptr) {
        report(errors_, {"model_attributes_type", loc_, kNotAnObject, object, std::nullopt});
    }
}

std::vector<json::value> ObjectReader::loc_of(std::string_view name) const {
    std::vector<json::value> loc = loc_;
    loc.emplace_back(name);
    return loc;
}

bool ObjectReader::has(std::string_view name) const {
    return object_ != nullptr && object_->contains(name);
}

bool ObjectReader::is_null(std::string_view name) const {
    const json::value* value = object_ == nullptr ? nullptr : object_->if_contains(name);
    return value != nullptr && value->is_null();
}

const json::value* ObjectReader::field(std::string_view name, Presence presence) {
    if (object_ == nullptr) return nullptr;
    const json::value* value = object_->if_contains(name);
    if (value == nullptr) {
        if (presence == Presence::kRequired) add("missing", name, "Field required", *object_);
        return nullptr;
    }
    if (value->is_null() && presence == Presence::kOptional) return nullptr;
    return value;
}

void ObjectReader::add(std::string type, std::string_view name, std::string msg, json::value input,
                       std::optional<json::object> ctx) {
    report(errors_,
           {std::move(type), loc_of(name), std::move(msg), std::move(input), std::move(ctx)});
}

void ObjectReader::reject(std::string_view name, std::string msg) {
    const json::value* value = object_ == nullptr ? nullptr : object_->if_contains(name);
    json::object ctx{{"error", msg}};
    add("value_error", name, "Value error, " + msg, value == nullptr ? json::value() : *value,
        std::move(ctx));
}

std::optional<std::string> ObjectReader::text(std::string_view name, Presence presence,
                                              TextRule rule) {
    const json::value* value = field(name, presence);
    if (value == nullptr) return std::nullopt;
    Read<std::string> read = read_text(*value, rule);
    if (read) return std::move(*read);
    report(errors_, as_error(std::move(read.error()), loc_of(name), *value));
    return std::nullopt;
}

std::optional<std::int64_t> ObjectReader::integer(std::string_view name, Presence presence,
                                                  IntRule rule) {
    const json::value* value = field(name, presence);
    if (value == nullptr) return std::nullopt;
    Read<std::int64_t> read = read_integer(*value, rule);
    if (read) return *read;
    report(errors_, as_error(std::move(read.error()), loc_of(name), *value));
    return std::nullopt;
}

std::optional<bool> ObjectReader::boolean(std::string_view name, Presence presence) {
    const json::value* value = field(name, presence);
    if (value == nullptr) return std::nullopt;
    Read<bool> read = read_boolean(*value);
    if (read) return *read;
    report(errors_, as_error(std::move(read.error()), loc_of(name), *value));
    return std::nullopt;
}

std::optional<Date> ObjectReader::date(std::string_view name, Presence presence) {
    const json::value* value = field(name, presence);
    if (value == nullptr) return std::nullopt;
    Read<Date> read = read_date(*value);
    if (read) return *read;
    report(errors_, as_error(std::move(read.error()), loc_of(name), *value));
    return std::nullopt;
}

const json::object* ObjectReader::object(std::string_view name, Presence presence) {
    const json::value* value = field(name, presence);
    if (value == nullptr) return nullptr;
    if (!value->is_object()) add("dict_type", name, "Input should be a valid dictionary", *value);
    return value->if_object();
}

const json::array* ObjectReader::array(std::string_view name, Presence presence) {
    const json::value* value = field(name, presence);
    if (value == nullptr) return nullptr;
    if (!value->is_array()) add("list_type", name, "Input should be a valid list", *value);
    return value->if_array();
}

std::optional<std::vector<std::string>> ObjectReader::texts(std::string_view name,
                                                            Presence presence, TextRule rule) {
    const json::array* list = array(name, presence);
    if (list == nullptr) return std::nullopt;
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < list->size(); ++i) {
        Read<std::string> read = read_text((*list)[i], rule);
        if (read) {
            texts.push_back(std::move(*read));
            continue;
        }
        std::vector<json::value> loc = loc_of(name);
        loc.emplace_back(static_cast<std::int64_t>(i));
        report(errors_, as_error(std::move(read.error()), std::move(loc), (*list)[i]));
    }
    if (texts.size() != list->size()) return std::nullopt;
    return texts;
}

std::expected<json::value, Response> read_body(const Request& request, Presence presence) {
    if (request.body.empty()) {
        if (presence == Presence::kOptional) return json::object();
        return std::unexpected(
            validation_error({{"missing", {"body"}, "Field required", nullptr, std::nullopt}}));
    }
    auto parsed = parse_json(request.body);
    if (!parsed) return std::unexpected(validation_error({std::move(parsed.error())}));
    if (!parsed->is_object()) {
        return std::unexpected(validation_error(
            {{"model_attributes_type", {"body"}, kNotAnObject, std::move(*parsed), std::nullopt}}));
    }
    return std::move(*parsed);
}

}  // namespace dsm::http
