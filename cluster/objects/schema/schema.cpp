// Reads the embedded data once into messages that point at each other.
#include "cluster/objects/schema/schema.hpp"

#include <boost/json.hpp>
#include <cstdlib>
#include <set>

#include "cluster/objects/schema/schema_data.hpp"

namespace dsm::cluster {
namespace {

namespace json = boost::json;
using Schema = std::map<std::string, Message, std::less<>>;

std::string_view text(const json::value& value) {
    const auto& string = value.as_string();
    return {string.data(), string.size()};
}

Presence presence_of(std::string_view label) {
    if (label == "ptr") return Presence::kPtr;
    if (label == "rep") return Presence::kRep;
    if (label == "map") return Presence::kMap;
    if (label == "inline") return Presence::kInline;
    return Presence::kOpt;
}

Base base_of(std::string_view type) {
    static const std::map<std::string_view, Base> kBases = {
        {"string", Base::kString},
        {"bool", Base::kBool},
        {"int32", Base::kInt32},
        {"int64", Base::kInt64},
        {"bytes", Base::kRaw},
        {"meta.v1.Time", Base::kTime},
        {"meta.v1.MicroTime", Base::kMicroTime},
        {"api.resource.Quantity", Base::kQuantity},
        {"util.intstr.IntOrString", Base::kIntOrString},
        {"meta.v1.FieldsV1", Base::kRaw},
        {"runtime.RawExtension", Base::kRaw},
        {"authentication.v1.ExtraValue", Base::kStrings},
        {"authorization.v1.ExtraValue", Base::kStrings},
    };
    const auto found = kBases.find(type);
    return found == kBases.end() ? Base::kMessage : found->second;
}

/// Go structs marked structType=atomic, which the data files do not carry.
bool is_atomic(std::string_view message) {
    static const std::set<std::string_view> kAtomic = {
        "core.v1.ObjectReference",
        "core.v1.LocalObjectReference",
        "core.v1.TypedLocalObjectReference",
        "core.v1.SecretKeySelector",
        "core.v1.ConfigMapKeySelector",
        "core.v1.ObjectFieldSelector",
        "core.v1.ResourceFieldSelector",
        "core.v1.NodeSelector",
        "core.v1.NodeSelectorTerm",
        "meta.v1.LabelSelector",
        "meta.v1.OwnerReference",
    };
    return kAtomic.contains(message);
}

/// Scalars that Go writes even when they are zero: the fields without omitempty.
bool is_always_written(std::string_view message, std::string_view field) {
    static const std::set<std::pair<std::string_view, std::string_view>> kAlways = {
        {"batch.v1.CronJobSpec", "schedule"},
        {"core.v1.Event", "reportingComponent"},
        {"core.v1.Event", "reportingInstance"},
        {"core.v1.Event", "eventTime"},
        {"core.v1.Event", "firstTimestamp"},
        {"core.v1.Event", "lastTimestamp"},
        {"events.v1.Event", "eventTime"},
        {"events.v1.Event", "deprecatedFirstTimestamp"},
        {"events.v1.Event", "deprecatedLastTimestamp"},
        {"batch.v1.JobCondition", "type"},
        {"batch.v1.JobCondition", "status"},
        {"batch.v1.JobCondition", "lastProbeTime"},
        {"batch.v1.JobCondition", "lastTransitionTime"},
        {"core.v1.NamespaceCondition", "lastTransitionTime"},
        {"core.v1.EventSeries", "lastObservedTime"},
        {"events.v1.EventSeries", "count"},
        {"events.v1.EventSeries", "lastObservedTime"},
        {"core.v1.Container", "name"},
        {"core.v1.EphemeralContainerCommon", "name"},
        {"core.v1.ContainerPort", "containerPort"},
        {"core.v1.EnvVar", "name"},
        {"core.v1.VolumeMount", "name"},
        {"core.v1.VolumeMount", "mountPath"},
        {"core.v1.Volume", "name"},
        {"core.v1.ObjectFieldSelector", "fieldPath"},
        {"core.v1.ConfigMapKeySelector", "key"},
        {"core.v1.SecretKeySelector", "key"},
        {"core.v1.HTTPGetAction", "port"},
        {"core.v1.TCPSocketAction", "port"},
        {"core.v1.ResourceFieldSelector", "divisor"},
        {"meta.v1.OwnerReference", "apiVersion"},
        {"meta.v1.OwnerReference", "kind"},
        {"meta.v1.OwnerReference", "name"},
        {"meta.v1.OwnerReference", "uid"},
        {"authorization.v1.SubjectAccessReviewStatus", "allowed"},
        {"authorization.v1.SubjectRulesReviewStatus", "incomplete"},
    };
    return kAlways.contains({message, field});
}

void read_fields(Schema& schema, const json::object& messages) {
    for (const auto& [name, fields] : messages) schema[name].name = name;
    for (const auto& [name, fields] : messages) {
        auto& message = schema[name];
        message.atomic = is_atomic(message.name);
        for (const auto& row : fields.as_array()) {
            const auto& cells = row.as_array();
            Field field;
            field.number = static_cast<std::uint32_t>(cells[0].to_number<std::uint32_t>());
            field.name = text(cells[1]);
            field.presence = presence_of(text(cells[2]));
            const auto type = text(cells[3]);
            field.base = base_of(type);
            if (const auto found = schema.find(type); found != schema.end()) {
                field.message = &found->second;
            }
            field.always = is_always_written(message.name, field.name);
            message.fields.push_back(std::move(field));
        }
    }
}

void read_merge_rule(Field& field, const json::object& rule) {
    const auto get = [&](std::string_view key) -> std::string_view {
        const auto* value = rule.if_contains(key);
        return value ? text(*value) : std::string_view{};
    };
    field.smp_merge = get("smp").find("merge") != std::string_view::npos;
    field.retain_keys = get("smp").find("retainKeys") != std::string_view::npos;
    field.smp_key = get("smpKey");
    if (get("ssaListType") == "map") field.list_kind = ListKind::kMap;
    if (get("ssaListType") == "set") field.list_kind = ListKind::kSet;
    field.atomic_map = get("ssaType") == "atomic";
    if (const auto* keys = rule.if_contains("ssaKeys")) {
        for (const auto& key : keys->as_array()) field.list_keys.emplace_back(text(key));
    }
}

void index_names(Message& message, const Message& from) {
    for (const auto& field : from.fields) {
        if (field.presence == Presence::kInline) {
            index_names(message, *field.message);
        } else {
            message.by_name.emplace(field.name, &field);
        }
    }
}

Schema load() {
    Schema schema;
    const auto fields = json::parse({kProtoFieldsJson.data(), kProtoFieldsJson.size()});
    read_fields(schema, fields.at("messages").as_object());
    const auto rules = json::parse({kMergeKeysJson.data(), kMergeKeysJson.size()});
    for (const auto& [name, by_field] : rules.at("types").as_object()) {
        const auto found = schema.find(std::string_view(name));
        if (found == schema.end()) continue;
        for (auto& field : found->second.fields) {
            if (const auto* rule = by_field.as_object().if_contains(field.name)) {
                read_merge_rule(field, rule->as_object());
            }
        }
    }
    for (auto& [name, message] : schema) index_names(message, message);
    return schema;
}

const Schema& schema() {
    static const Schema kSchema = load();
    return kSchema;
}

}  // namespace

const Field* Message::field(std::string_view json_name) const {
    const auto found = by_name.find(json_name);
    return found == by_name.end() ? nullptr : found->second;
}

const Field* Message::numbered(std::uint32_t number) const {
    for (const auto& each : fields) {
        if (each.number == number) return &each;
    }
    return nullptr;
}

std::string Message::go_name() const {
    return name.substr(name.rfind('.') + 1);
}

std::string Message::go_type() const {
    const auto last = name.rfind('.');
    const auto before = name.rfind('.', last - 1);
    return before == std::string::npos ? name : name.substr(before + 1);
}

std::string Field::go_type() const {
    static const std::map<Base, std::string> kScalars = {{Base::kString, "string"},
                                                         {Base::kBool, "bool"},
                                                         {Base::kInt32, "int32"},
                                                         {Base::kInt64, "int64"}};
    const auto scalar = kScalars.find(base);
    const auto element = scalar != kScalars.end() ? scalar->second
                         : message                ? message->go_type()
                                                  : std::string("[]uint8");
    if (presence == Presence::kRep) return "[]" + element;
    if (presence == Presence::kMap) return "map[string]" + element;
    return element;
}

const Message* find_message(std::string_view name) {
    const auto found = schema().find(name);
    return found == schema().end() ? nullptr : &found->second;
}

}  // namespace dsm::cluster
