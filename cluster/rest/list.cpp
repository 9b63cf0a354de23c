// Lists: which revision is wanted, one page of it, written as a list, a Table or metadata.
#include <fmt/format.h>

#include "cluster/objects/table.hpp"
#include "cluster/rest/api.hpp"
#include "cluster/rest/list_options.hpp"

namespace dsm::cluster {

namespace asio = boost::asio;

namespace {

struct Plan {
    Revision at = 0;     ///< the snapshot; 0: now
    Revision reach = 0;  ///< to wait for first
    std::string start;
    std::size_t limit = 0;
};

/// Source: kubernetes.io "Resource versions", as the 1.34 server behaves.
Plan plan_of(const ListOptions& options) {
    Plan plan;
    plan.limit = options.limit;
    if (options.continuation) {
        plan.at = options.continuation->revision;
        plan.start = options.continuation->start;
        return plan;
    }
    const Revision version = options.version.value_or(0);
    if (options.version && version == 0) plan.limit = 0;  // served from memory, whole
    plan.reach = version;
    const bool exact = options.match == VersionMatch::kExact ||
                       (options.match == VersionMatch::kUnset && options.limit != 0);
    if (version != 0 && exact) plan.at = version;
    return plan;
}

/// Just after the last key of a page: what is made later in between belongs to no page.
std::string after_last(const Page& page, const ResourceType& type) {
    const json::value& last = *page.records.back().object;
    std::string key = "/";
    if (type.namespaced) key += std::string(text_at(last, {"metadata", "namespace"})) + "/";
    key += text_at(last, {"metadata", "name"});
    key += '\0';
    return key;
}

ApiError too_old(const ListOptions& options, const Plan& plan, std::string_view prefix) {
    if (!options.continuation) {
        return expired("The resourceVersion for the provided list is too old.");
    }
    ApiError error = expired(
        "The provided continue parameter is too old to display a consistent list result. You can "
        "start a new list without the continue parameter, or use the continue token in this "
        "response to retrieve the remainder of the results. Continuing with the provided token "
        "results in an inconsistent list - objects that were created, modified, or deleted "
        "between the time the first chunk was returned and now may show up in the list.");
    error.list_continue = encode_continuation({static_cast<Revision>(-1), plan.start}, prefix);
    return error;
}

json::object list_meta(const Page& page, const ListOptions& options, const ResourceType& type,
                       std::string_view prefix) {
    json::object meta{{"resourceVersion", std::to_string(page.at)}};
    if (page.next.empty()) return meta;
    meta["continue"] = encode_continuation({page.at, after_last(page, type)}, prefix);
    if (options.selection.empty()) {
        meta["remainingItemCount"] = static_cast<std::int64_t>(page.remaining);
    }
    return meta;
}

http::Response whole_list(const ResourceType& type, const Page& page, const json::object& meta,
                          const Wish& wish) {
    std::string body = fmt::format("{{\"kind\":\"{}\",\"apiVersion\":\"{}\",\"metadata\":{}",
                                   type.list_kind(), type.group_version(), json::serialize(meta));
    body += ",\"items\":[";
    bool first = true;
    const bool translate = &stored_type(type) != &type;
    for (const Record& record : page.records) {
        if (!std::exchange(first, false)) body += ',';
        if (translate) {
            append_item(body, from_stored(type, *record.object));
        } else {
            append_item(body, *record.object);
        }
    }
    body += "]}";
    if (!wish.pretty) return answer_text(200, std::move(body), wish);
    return answer(200, json::parse(body), wish);
}

}  // namespace

asio::awaitable<http::Response> RestApi::list(Call call) {
    const ResourceType& type = *call.target.type;
    const auto wish = read_wish(call.request, true, true);
    if (!wish) co_return answer(wish.error());
    const auto options = read_list_options(call.request, call.target);
    if (!options) co_return answer(options.error(), *wish);
    const auto include = include_object_of(call.request.query.find("includeObject").value_or(""));
    if (!include) co_return answer(unknown_include(call.request), *wish);

    const Plan plan = plan_of(*options);
    const Revision wanted = std::max(plan.reach, plan.at);
    const bool there = co_await reach(wanted);
    if (!there) {
        co_return answer(too_large_resource_version(wanted, registry_.store().revision()), *wish);
    }
    const Place place{type, call.target.name_space, "", ""};
    const std::string prefix = place.prefix();
    ListQuery query{.resource = type.storage,
                    .prefix = prefix,
                    .start = plan.start,
                    .limit = plan.limit,
                    .at = plan.at,
                    .matches = {}};
    if (!options->selection.empty()) {
        query.matches = [&](const json::value& object) {
            return options->selection.matches(from_stored(type, object));
        };
    }
    const auto page = registry_.store().list(query);
    if (!page) co_return answer(too_old(*options, plan, prefix), *wish);
    json::object meta = list_meta(*page, *options, type, prefix);
    if (wish->shape == Shape::kWhole) co_return whole_list(type, *page, meta, *wish);

    std::vector<json::value> objects;
    objects.reserve(page->records.size());
    for (const Record& record : page->records) {
        objects.push_back(from_stored(type, *record.object));
    }
    if (wish->shape == Shape::kPartial) {
        co_return answer(200, partial_object_list(objects, std::move(meta)), *wish);
    }
    co_return answer(
        200,
        render_table(type, objects, std::move(meta), {.now = registry_.now(), .include = *include}),
        *wish);
}

}  // namespace dsm::cluster
