// The types of all objects: fields, protobuf numbers, and how lists merge. Derived from data/.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dsm::cluster {

enum class Presence {
    kOpt,     ///< a Go value: zero scalars are absent, objects always there
    kPtr,     ///< a Go pointer: absent or present, also with a zero value
    kRep,     ///< a list; empty is absent
    kMap,     ///< string to T; empty is absent
    kInline,  ///< its fields belong to the parent
};

enum class Base {
    kString,
    kBool,
    kInt32,
    kInt64,
    kMessage,
    kTime,
    kMicroTime,
    kQuantity,
    kIntOrString,
    kRaw,      ///< any JSON, kept as it is (FieldsV1, RawExtension)
    kStrings,  ///< a list of texts inside a map (ExtraValue)
};

/// How server-side apply owns a list or map: as a whole, by element, or by key fields.
enum class ListKind { kAtomic, kSet, kMap };

struct Message;

struct Field {
    std::uint32_t number = 0;
    std::string name;  ///< in JSON
    Presence presence = Presence::kOpt;
    Base base = Base::kString;
    const Message* message = nullptr;  ///< of kMessage, and of every other non-scalar
    bool always = false;               ///< written even when zero (Go without omitempty)

    bool smp_merge = false;    ///< strategic merge patch goes into the list
    bool retain_keys = false;  ///< … and understands $retainKeys
    std::string smp_key;       ///< "" : a list of primitives
    ListKind list_kind = ListKind::kAtomic;
    std::vector<std::string> list_keys;  ///< of ListKind::kMap
    bool atomic_map = false;

    /// Go's name of the field's type, for errors: "int32", "v1.PodSpec", "[]v1.Container".
    std::string go_type() const;
};

struct Message {
    std::string name;           ///< "batch.v1.CronJobSpec"
    std::vector<Field> fields;  ///< as in protobuf: inline ones are one field
    /// By JSON name, with the fields of inline ones.
    std::map<std::string, const Field*, std::less<>> by_name;
    bool atomic = false;  ///< server-side apply owns it as a whole

    const Field* field(std::string_view json_name) const;
    const Field* numbered(std::uint32_t number) const;
    std::string go_name() const;  ///< "CronJobSpec"
    std::string go_type() const;  ///< "v1.CronJobSpec"
};

/// Null: no such message. Messages live as long as the program.
const Message* find_message(std::string_view name);

}  // namespace dsm::cluster
