// Watches: a cursor in the store's history; slow readers fall off its end and get 410.
#include <fmt/format.h>

#include "cluster/objects/table.hpp"
#include "cluster/rest/api.hpp"
#include "cluster/rest/list_options.hpp"

namespace dsm::cluster {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds kBookmarkEvery{60};
constexpr std::chrono::seconds kBookmarkBeforeEnd{2};
constexpr std::size_t kChunkBytes = 64 * 1024;

/// One watch on its way. Owned by the answer's stream.
struct Watch {
    Registry& registry;
    const rt::Clock& clock;
    const bool& ending;
    const ResourceType& type;
    std::string prefix;
    ListOptions options;
    Wish wish;
    IncludeObject include = IncludeObject::kMetadata;
    rt::Deadline end{};
    rt::Deadline bookmark{};
    Revision cursor = 0;
    bool columns_sent = false;

    Store& store() const { return registry.store(); }
    bool selects(const Object& object) const {
        return object && options.selection.matches(from_stored(type, *object));
    }
    std::string frame(std::string_view event, const json::value& object);
    std::string status_frame(const ApiError& error) const;
    std::string change_frame(const Change& change);
    std::string bookmark_frame(bool initial_end);
    std::string pending(bool& lost);
    std::string replay();
    rt::Deadline next_stop() const;
};

std::string Watch::frame(std::string_view event, const json::value& object) {
    json::value shown;
    if (wish.shape == Shape::kTable) {
        json::object meta{{"resourceVersion", text_at(object, {"metadata", "resourceVersion"})}};
        shown = render_table(type, std::span(&object, 1), std::move(meta),
                             {.now = registry.now(),
                              .include = include,
                              .with_columns = !std::exchange(columns_sent, true)});
    } else if (wish.shape == Shape::kPartial) {
        shown = partial_object(object);
    }
    return fmt::format("{{\"type\":\"{}\",\"object\":{}}}\n", event,
                       json::serialize(shown.is_null() ? object : shown));
}

std::string Watch::status_frame(const ApiError& error) const {
    return fmt::format("{{\"type\":\"ERROR\",\"object\":{}}}\n", json::serialize(to_status(error)));
}

/// "" when the change is none of this watch's business.
std::string Watch::change_frame(const Change& change) {
    if (!change.key.starts_with(prefix)) return {};
    const bool before = selects(change.before);
    const bool after = selects(change.after);
    if (!before && !after) return {};
    if (after) return frame(before ? "MODIFIED" : "ADDED", from_stored(type, *change.after));
    return frame("DELETED", with_revision(from_stored(type, *change.before), change.revision));
}

std::string Watch::bookmark_frame(bool initial_end) {
    json::object metadata{{"resourceVersion", std::to_string(cursor)}};
    if (initial_end) metadata["annotations"] = {{"k8s.io/initial-events-end", "true"}};
    json::value object{
        {"kind", type.kind}, {"apiVersion", type.group_version()}, {"metadata", metadata}};
    if (type.group == "batch") {  // as Go writes an object of which nothing is set
        json::object spec{
            {"template", {{"metadata", json::object{}}, {"spec", {{"containers", nullptr}}}}}};
        if (type.kind == "CronJob") {
            spec = {{"schedule", ""},
                    {"jobTemplate", {{"metadata", json::object{}}, {"spec", std::move(spec)}}}};
        }
        object.get_object()["spec"] = std::move(spec);
        object.get_object()["status"] = json::object{};
    }
    return frame("BOOKMARK", object);
}

std::string Watch::replay() {
    std::string out;
    const auto page = store().list({.resource = type.storage, .prefix = prefix});
    for (const Record& record : page->records) {
        if (selects(record.object)) out += frame("ADDED", from_stored(type, *record.object));
    }
    cursor = store().revision();
    if (options.bookmarks) out += bookmark_frame(true);
    return out;
}

/// Events after the cursor, up to about one chunk; `lost` when the history no longer reaches back.
std::string Watch::pending(bool& lost) {
    std::string out;
    if (cursor < store().compacted()) {
        lost = true;
        return status_frame(
            expired(fmt::format("too old resource version: {} ({})", cursor, store().compacted())));
    }
    while (out.size() < kChunkBytes) {
        const Change* change = store().next_change(type.storage, cursor);
        if (!change) {
            cursor = std::max(cursor, store().revision());
            break;
        }
        cursor = change->revision;
        out += change_frame(*change);
    }
    return out;
}

rt::Deadline Watch::next_stop() const {
    return options.bookmarks ? end.sooner(bookmark) : end;
}

asio::awaitable<void> run_watch(std::shared_ptr<Watch> watch, http::BodyWriter* writer) {
    const bool from_now = !watch->options.version || *watch->options.version == 0;
    const bool replays = watch->options.send_initial_events.value_or(from_now);
    if (replays) {
        std::string initial = watch->replay();
        if (!initial.empty()) {
            const bool going_on = co_await writer->write(std::move(initial));
            if (!going_on) co_return;
        }
    } else {
        watch->cursor = from_now ? watch->store().revision() : *watch->options.version;
    }
    while (!watch->ending && !watch->end.passed(watch->clock)) {
        bool lost = false;
        std::string chunk = watch->pending(lost);
        if (watch->options.bookmarks && watch->bookmark.passed(watch->clock) && !lost) {
            chunk += watch->bookmark_frame(false);
            watch->bookmark = rt::Deadline::after(watch->clock, kBookmarkEvery);
        }
        if (!chunk.empty()) {
            const bool going_on = co_await writer->write(std::move(chunk));
            if (!going_on || lost) co_return;
            continue;
        }
        const auto left = watch->next_stop().left(watch->clock);
        const bool going_on =
            co_await watch->store().changed().wait(std::max(left, std::chrono::milliseconds(1)));
        if (!going_on) co_return;
    }
}

}  // namespace

http::Response RestApi::watch(const Call& call) {
    const auto wish = read_wish(call.request, true, false);
    if (!wish) {
        const auto streams =
            read_wish(call.request, true, true);  // of its refusal, the longer text
        return answer(wish.error().reason == "NotAcceptable" && !streams ? streams.error()
                                                                         : wish.error());
    }
    auto options = read_list_options(call.request, call.target);
    if (!options) return answer(options.error(), *wish);
    const auto include = include_object_of(call.request.query.find("includeObject").value_or(""));
    if (!include) return answer(unknown_include(call.request), *wish);

    if (!call.target.name.empty()) {  // the old /watch/ paths can name one object
        auto one = FieldSelector::parse(*call.target.type, "metadata.name=" + call.target.name);
        if (one) options->selection.fields = std::move(*one);
    }
    constexpr std::chrono::seconds kShortest{1800};
    const auto usual = kShortest + std::chrono::seconds(random_.below(kShortest.count()));
    const auto lasts = options->timeout.value_or(usual);
    const Place place{*call.target.type, call.target.name_space, "", ""};
    auto watch =
        std::make_shared<Watch>(Watch{registry_, clock_, ending_, *call.target.type, place.prefix(),
                                      std::move(*options), *wish, *include});
    watch->end = rt::Deadline::after(clock_, lasts);
    // Shortly before the end; one that ends sooner than that gets none.
    const auto first_bookmark = lasts > kBookmarkEvery + kBookmarkBeforeEnd ? kBookmarkEvery
                                : lasts > kBookmarkBeforeEnd ? lasts - kBookmarkBeforeEnd
                                                             : lasts;
    watch->bookmark = rt::Deadline::after(clock_, first_bookmark);

    http::Response response;
    response.headers.set("Content-Type", "application/json");
    response.headers.set("Cache-Control", "no-cache, private");
    response.stream = [watch](http::BodyWriter& writer) { return run_watch(watch, &writer); };
    return response;
}

}  // namespace dsm::cluster
