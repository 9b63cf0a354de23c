// From hiredis' reply trees to entries and errors.
#include "libs/stream/redis_replies.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>

namespace dsm::stream {
namespace {

Event event_of(const redisReply* fields) {
    Event event;
    const std::size_t count = fields == nullptr ? 0 : fields->elements;
    for (std::size_t i = 0; i + 1 < count; i += 2) {
        const std::string name = text_of(fields->element[i]);
        const std::string value = text_of(fields->element[i + 1]);
        if (name == "data") event.data = value;
        if (name == "event_type") event.event_type = value;
        if (name == "event_id") event.event_id = value;
        if (name == "why") event.why = value;
    }
    return event;
}

}  // namespace

const redisReply* element_of(const redisReply* reply, std::size_t index) {
    if (reply == nullptr || reply->type != REDIS_REPLY_ARRAY) return nullptr;
    if (index >= reply->elements) return nullptr;
    const redisReply* element = reply->element[index];
    return element == nullptr || element->type == REDIS_REPLY_NIL ? nullptr : element;
}

std::string text_of(const redisReply* reply) {
    if (reply == nullptr || reply->str == nullptr) return {};
    return {reply->str, reply->len};
}

std::vector<Entry> entries_of(const redisReply* list) {
    std::vector<Entry> entries;
    if (list == nullptr || list->type != REDIS_REPLY_ARRAY) return entries;
    for (std::size_t i = 0; i < list->elements; ++i) {
        const redisReply* item = element_of(list, i);
        const redisReply* fields = element_of(item, 1);
        if (fields == nullptr) continue;
        entries.push_back({text_of(element_of(item, 0)), event_of(fields), 1});
    }
    return entries;
}

StreamEnd end_of(const redisReply& reply) {
    StreamEnd end;
    for (std::size_t i = 0; i + 1 < reply.elements; i += 2) {
        const std::string name = text_of(reply.element[i]);
        if (name == "length")
            end.length = static_cast<std::uint64_t>(reply.element[i + 1]->integer);
        if (name == "last-generated-id") end.last_id = text_of(reply.element[i + 1]);
    }
    return end;
}

std::optional<GroupLag> lag_of(const redisReply& groups, const std::string& group) {
    for (std::size_t i = 0; i < groups.elements; ++i) {
        const redisReply& fields = *groups.element[i];
        std::string name;
        GroupLag lag;
        for (std::size_t f = 0; f + 1 < fields.elements; f += 2) {
            const std::string field = text_of(fields.element[f]);
            const redisReply* value = element_of(&fields, f + 1);  // a lag not known is nil
            if (value == nullptr) continue;
            const auto number = static_cast<std::uint64_t>(std::max(value->integer, 0LL));
            if (field == "name") name = text_of(value);
            if (field == "pending") lag.pending = number;
            if (field == "lag") lag.waiting = number;
        }
        if (name == group) return lag;
    }
    return std::nullopt;
}

std::string advice_for(std::string_view said) {
    struct Advice {
        std::string_view word;
        const char* what_to_do;
    };
    static constexpr Advice kAdvice[] = {
        {"OOM", "free memory or raise maxmemory, and keep maxmemory-policy noeviction"},
        {"READONLY", "REDIS_HOST names a replica: point it at the primary"},
        {"NOAUTH", "set REDIS_PASSWORD"},
        {"WRONGPASS", "correct REDIS_PASSWORD"},
        {"NOPERM", "allow this user the stream commands and this key"},
        {"WRONGTYPE", "the key is no stream: rename or delete it, or set REDIS_STREAM_NAME"},
        {"MISCONF", "Redis cannot save to its disk: see its log, free the disk"},
        {"NOREPLICAS", "bring back the replicas that min-replicas-to-write asks for"},
    };
    for (const auto& each : kAdvice) {
        if (said.starts_with(each.word)) return each.what_to_do;
    }
    return {};
}

bool is_illness(std::string_view said) {
    static constexpr std::string_view kSaid[] = {"LOADING", "MASTERDOWN", "CLUSTERDOWN", "BUSY ",
                                                 "ERR max number of clients"};
    return std::ranges::any_of(kSaid, [&](auto each) { return said.starts_with(each); });
}

bool ends_connection(std::string_view said) {
    return said.starts_with("READONLY") || said.starts_with("NOAUTH") ||
           said.starts_with("MASTERDOWN") || said.starts_with("UNBLOCKED");
}

bool is_error_reply(const redisReply& reply) {
    return reply.type == REDIS_REPLY_ERROR;
}

Error error_of(const redisReply& reply, const std::string& command, const std::string& stream) {
    const std::string said = text_of(&reply);
    const std::string advice = advice_for(said);
    const std::string message = fmt::format("Redis refused {} on stream {}: {}{}{}", command,
                                            stream, said, advice.empty() ? "" : "; ", advice);
    if (said.starts_with("NOGROUP")) return {ErrorCode::kNotFound, message};
    const bool small_id = said.find("ID specified in XADD") != std::string::npos;
    return {small_id ? ErrorCode::kConflict : ErrorCode::kUnavailable, message};
}

}  // namespace dsm::stream
