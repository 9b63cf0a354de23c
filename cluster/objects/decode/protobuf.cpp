// The wire format of protobuf, read with the schema's field numbers.
#include "cluster/objects/decode/protobuf.hpp"

#include <fmt/format.h>

#include <optional>

#include "cluster/objects/resource.hpp"
#include "cluster/objects/schema/schema.hpp"
#include "libs/base/time.hpp"

namespace dsm::cluster {
namespace {

constexpr int kMaxDepth = 100;
constexpr std::string_view kMagic{"k8s\0", 4};

enum class Wire { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct Entry {
    std::uint32_t number = 0;
    Wire wire = Wire::kVarint;
    std::uint64_t varint = 0;
    std::string_view bytes;
};

/// Reads one message's entries in order. A damaged rest sets `failed`.
class Entries {
public:
    explicit Entries(std::string_view bytes) : rest_(bytes) {}

    std::optional<Entry> next() {
        if (rest_.empty() || failed) return std::nullopt;
        const auto key = varint();
        if (!key) return std::nullopt;
        Entry entry;
        entry.number = static_cast<std::uint32_t>(*key >> 3);
        entry.wire = static_cast<Wire>(*key & 7);
        if (entry.number == 0) return stop();
        switch (entry.wire) {
            case Wire::kVarint: {
                const auto value = varint();
                if (!value) return std::nullopt;
                entry.varint = *value;
                return entry;
            }
            case Wire::kFixed64:
                return take(entry, 8);
            case Wire::kFixed32:
                return take(entry, 4);
            case Wire::kBytes: {
                const auto size = varint();
                if (!size) return std::nullopt;
                return take(entry, *size);
            }
        }
        return stop();
    }

    bool failed = false;

private:
    std::optional<std::uint64_t> varint() {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (rest_.empty()) break;
            const auto byte = static_cast<unsigned char>(rest_[0]);
            rest_.remove_prefix(1);
            value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if (!(byte & 0x80)) return value;
        }
        failed = true;
        return std::nullopt;
    }
    std::optional<Entry> take(Entry entry, std::uint64_t size) {
        if (size > rest_.size()) return stop();
        entry.bytes = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return entry;
    }
    std::optional<Entry> stop() {
        failed = true;
        return std::nullopt;
    }

    std::string_view rest_;
};

json::string text_of(std::string_view bytes) {
    return json::string(bytes.data(), bytes.size());
}

class Reader {
public:
    bool failed = false;

    json::object message(const Message& type, std::string_view bytes, int depth) {
        json::object out;
        message_into(type, bytes, depth, out);
        return out;
    }

private:
    void message_into(const Message& type, std::string_view bytes, int depth, json::object& out) {
        if (depth > kMaxDepth) {
            failed = true;
            return;
        }
        Entries entries(bytes);
        while (const auto entry = entries.next()) {
            const auto* field = type.numbered(entry->number);
            if (field) read(*field, *entry, depth, out);
        }
        failed = failed || entries.failed;
    }

    void read(const Field& field, const Entry& entry, int depth, json::object& out) {
        if (field.presence == Presence::kInline) {
            if (field.message && entry.wire == Wire::kBytes) {
                message_into(*field.message, entry.bytes, depth + 1, out);
            }
            return;
        }
        if (field.presence == Presence::kMap) {
            read_map(field, entry, depth, out);
            return;
        }
        auto value = one(field, entry, depth);
        if (!value) return;
        if (field.presence == Presence::kRep) {
            auto& list = out[field.name];
            if (!list.is_array()) list.emplace_array();
            list.get_array().push_back(std::move(*value));
        } else {
            out[field.name] = std::move(*value);
        }
    }

    void read_map(const Field& field, const Entry& entry, int depth, json::object& out) {
        std::string key;
        json::value value = "";
        Entries parts(entry.bytes);
        while (const auto part = parts.next()) {
            if (part->number == 1) key = part->bytes;
            if (part->number == 2) {
                if (auto read = one(field, *part, depth + 1)) value = std::move(*read);
            }
        }
        failed = failed || parts.failed;
        auto& map = out[field.name];
        if (!map.is_object()) map.emplace_object();
        map.get_object()[key] = std::move(value);
    }

    /// nullopt: counts as absent.
    std::optional<json::value> one(const Field& field, const Entry& entry, int depth) {
        switch (field.base) {
            case Base::kBool:
                return json::value(entry.varint != 0);
            case Base::kInt32:
                return json::value(std::int64_t{static_cast<std::int32_t>(entry.varint)});
            case Base::kInt64:
                return json::value(static_cast<std::int64_t>(entry.varint));
            default:
                break;
        }
        if (entry.wire != Wire::kBytes) {
            failed = true;
            return std::nullopt;
        }
        switch (field.base) {
            case Base::kString:
                return json::value(text_of(entry.bytes));
            case Base::kTime:
                return time(entry.bytes, false);
            case Base::kMicroTime:
                return time(entry.bytes, true);
            case Base::kQuantity:
                return quantity(entry.bytes);
            case Base::kIntOrString:
                return int_or_string(entry.bytes);
            case Base::kStrings:
                return strings(entry.bytes);
            case Base::kRaw:
                return raw(entry.bytes);
            default:
                break;
        }
        return json::value(message(*field.message, entry.bytes, depth + 1));
    }

    std::optional<json::value> time(std::string_view bytes, bool micro) {
        std::int64_t seconds = 0;
        std::int64_t nanos = 0;
        Entries entries(bytes);
        while (const auto entry = entries.next()) {
            if (entry->number == 1) seconds = static_cast<std::int64_t>(entry->varint);
            if (entry->number == 2) nanos = static_cast<std::int32_t>(entry->varint);
        }
        failed = failed || entries.failed;
        constexpr std::int64_t kYear1 = -62135596800;
        constexpr std::int64_t kYear10000 = 253402300800;
        if (bytes.empty() || seconds <= kYear1 || seconds >= kYear10000) return std::nullopt;
        const Instant instant{std::chrono::seconds(seconds) +
                              std::chrono::microseconds(nanos / 1000)};
        return json::value(micro ? format_rfc3339_micros(instant) : format_rfc3339(instant));
    }

    std::optional<json::value> quantity(std::string_view bytes) {
        Entries entries(bytes);
        json::value out = "0";
        while (const auto entry = entries.next()) {
            if (entry->number == 1) out = text_of(entry->bytes);
        }
        failed = failed || entries.failed;
        return out;
    }

    std::optional<json::value> int_or_string(std::string_view bytes) {
        bool is_text = false;
        json::value number = 0;
        json::value text = "";
        Entries entries(bytes);
        while (const auto entry = entries.next()) {
            if (entry->number == 1) is_text = entry->varint == 1;
            if (entry->number == 2) {
                number = std::int64_t{static_cast<std::int32_t>(entry->varint)};
            }
            if (entry->number == 3) text = text_of(entry->bytes);
        }
        failed = failed || entries.failed;
        return is_text ? text : number;
    }

    std::optional<json::value> strings(std::string_view bytes) {
        json::array out;
        Entries entries(bytes);
        while (const auto entry = entries.next()) {
            if (entry->number == 1) out.push_back(json::value(text_of(entry->bytes)));
        }
        failed = failed || entries.failed;
        return json::value(std::move(out));
    }

    /// FieldsV1 and RawExtension: a message whose field 1 is JSON text.
    std::optional<json::value> raw(std::string_view bytes) {
        Entries entries(bytes);
        std::string_view text;
        while (const auto entry = entries.next()) {
            if (entry->number == 1) text = entry->bytes;
        }
        json::error_code error;
        auto value = json::parse({text.data(), text.size()}, error);
        if (error || entries.failed) {
            failed = true;
            return std::nullopt;
        }
        return value;
    }
};

}  // namespace

std::expected<json::value, std::string> decode_protobuf(std::string_view bytes) {
    if (!bytes.starts_with(kMagic)) {
        return std::unexpected(
            "provided data does not appear to be a protobuf message, expected "
            "prefix [107 56 115 0]");
    }
    std::string_view type_meta;
    std::string_view raw;
    Entries envelope(bytes.substr(kMagic.size()));
    while (const auto entry = envelope.next()) {
        if (entry->number == 1) type_meta = entry->bytes;
        if (entry->number == 2) raw = entry->bytes;
    }
    if (envelope.failed) return std::unexpected("proto: illegal wireType or unexpected EOF");

    std::string api_version;
    std::string kind;
    Entries meta(type_meta);
    while (const auto entry = meta.next()) {
        if (entry->number == 1) api_version = entry->bytes;
        if (entry->number == 2) kind = entry->bytes;
    }
    const Message* type = nullptr;
    if (const auto* resource = find_kind(api_version, kind)) {
        type = find_message(resource->message);
    } else {
        type = find_message("meta.v1." + kind);  // DeleteOptions of any group
    }
    if (!type || meta.failed) {
        return std::unexpected(fmt::format("no kind {} is registered for version {}",
                                           go_quote(kind), go_quote(api_version)));
    }
    Reader reader;
    json::object object;
    object["apiVersion"] = api_version;
    object["kind"] = kind;
    for (auto& [name, value] : reader.message(*type, raw, 0)) object[name] = std::move(value);
    if (reader.failed) return std::unexpected("proto: illegal wireType or unexpected EOF");
    return object;
}

}  // namespace dsm::cluster
