// The way of a request: faults, who, may, what.
#include "cluster/rest/api.hpp"

#include <fmt/format.h>

#include <charconv>

#include "cluster/objects/table.hpp"
#include "libs/rt/task_scope.hpp"

namespace dsm::cluster {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kBodyLimit = 3 * 1024 * 1024;

/// The head goes out and then nothing: the client sees a broken answer and can't know.
asio::awaitable<void> break_off(http::BodyWriter&) {
    throw std::runtime_error("a fault broke the answer off");
    co_return;
}

http::Response broken() {
    http::Response response;
    response.headers.set("Content-Type", "application/json");
    response.stream = [](http::BodyWriter& writer) { return break_off(writer); };
    response.close = true;
    return response;
}

std::string usual_reason(int status) {
    switch (status) {
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "NotFound";
        case 409:
            return "Conflict";
        case 410:
            return "Expired";
        case 429:
            return "TooManyRequests";
        case 500:
            return "InternalError";
        case 503:
            return "ServiceUnavailable";
        case 504:
            return "Timeout";
        default:
            return "";
    }
}

http::Response answer_of(const Fault& fault) {
    ApiError error;
    error.code = fault.status;
    error.reason = fault.reason.empty() ? usual_reason(fault.status) : fault.reason;
    error.message = "an injected fault";
    error.retry_after = fault.retry_after;
    return answer(error);
}

}  // namespace

RestApi::RestApi(Registry& registry, const Identity& identity, Faults& faults,
                 const rt::Clock& clock, rt::Random& random)
    : registry_(registry), identity_(identity), faults_(faults), clock_(clock), random_(random) {}

void RestApi::end_watches() {
    ending_ = true;
    registry_.store().changed().notify_all();
}

asio::awaitable<http::Response> RestApi::handle(http::Request request) {
    const auto fault = faults_.take(request.method, request.target);
    if (fault && fault->delay.count() > 0) co_await rt::sleep_for(fault->delay);
    http::Response response;
    if (fault && fault->status != 0) {
        response = answer_of(*fault);
    } else {
        response = co_await serve(request);
    }
    if (fault && fault->drop_reply) co_return broken();
    response.headers.set("Audit-Id", random_.uuid());
    co_return response;
}

asio::awaitable<http::Response> RestApi::serve(const http::Request& request) {
    auto user = authenticate(request, identity_);
    if (!user) co_return answer(user.error());
    Call call{request, parse_target(request), std::move(*user)};
    if (auto allowed = authorize(call.user, call.target); !allowed) {
        co_return answer(allowed.error());
    }
    if (!call.target.is_resource_path) co_return serve_page(request, call.target);
    if (!call.target.type) {
        co_return answer(is_known_group(call.target.group) ? unknown_resource() : page_not_found());
    }
    if (request.body.size() > kBodyLimit) {
        co_return answer(
            entity_too_large(fmt::format("Request entity too large: limit is {}", kBodyLimit)));
    }
    co_return co_await serve_resource(std::move(call));
}

asio::awaitable<http::Response> RestApi::serve_resource(Call call) {
    Target& target = call.target;
    const ResourceType& type = *target.type;
    if (!target.subresource.empty()) {
        const Subresource* subresource = type.subresource(target.subresource);
        if (!subresource) co_return answer(unknown_resource());
        const bool allowed =
            std::ranges::find(subresource->verbs, target.verb) != subresource->verbs.end();
        if (!allowed) co_return answer(method_not_allowed());
    } else if (!type.allows(target.verb)) {
        co_return answer(method_not_allowed());
    }
    const bool lacks_namespace = type.namespaced && target.name_space.empty() &&
                                 (target.verb == "create" || target.verb == "deletecollection");
    const bool posts_to_object = target.verb == "create" && !target.collection();
    const bool writes_collection =
        target.collection() && (target.verb == "update" || target.verb == "patch");
    if (lacks_namespace || posts_to_object || writes_collection) {
        co_return answer(method_not_allowed());
    }
    if (!type.namespaced) target.name_space.clear();  // it only mattered to authorization
    if (target.verb == "list") co_return co_await list(std::move(call));
    if (target.verb == "watch") co_return watch(call);
    if (target.verb == "get") co_return co_await get(std::move(call));
    if (target.verb == "create") co_return type.stored() ? create(call) : review(call);
    if (target.verb == "update") co_return update(call);
    if (target.verb == "patch") co_return patch(call);
    if (target.verb == "delete") co_return remove(call);
    co_return remove_collection(call);
}

ApiError unknown_include(const http::Request& request) {
    return bad_request(fmt::format(
        "Unable to convert to Table as requested: includeObject: Invalid value: \"{}\": must be "
        "'Metadata', 'Object', 'None', or empty",
        request.query.find("includeObject").value_or("")));
}

http::Response answer_object(int status, const ResourceType& type, const json::value& object,
                             const Wish& wish, const http::Request& request, Instant now,
                             const std::vector<std::string>& warnings) {
    if (wish.shape == Shape::kPartial) {
        return answer(status, partial_object(object), wish, warnings);
    }
    if (wish.shape == Shape::kWhole) return answer(status, object, wish, warnings);
    const auto include = include_object_of(request.query.find("includeObject").value_or(""));
    if (!include) return answer(unknown_include(request));
    json::object meta;
    const auto version = text_at(object, {"metadata", "resourceVersion"});
    if (!version.empty()) meta["resourceVersion"] = version;
    return answer(status,
                  render_table(type, std::span(&object, 1), std::move(meta),
                               {.now = now, .include = *include}),
                  wish, warnings);
}

asio::awaitable<http::Response> RestApi::get(Call call) {
    const Target& target = call.target;
    const auto wish = read_wish(call.request, true, false);
    if (!wish) co_return answer(wish.error());
    const auto version = call.request.query.find("resourceVersion").value_or("");
    const bool numeric = std::ranges::all_of(version, [](char c) { return c >= '0' && c <= '9'; });
    if (!numeric) {
        co_return answer(
            server_error(fmt::format("resourceVersion: Invalid value: \"{}\": "
                                     "strconv.ParseUint: parsing \"{}\": invalid syntax",
                                     version, version)),
            *wish);
    }
    Revision wanted = 0;
    std::from_chars(version.data(), version.data() + version.size(), wanted);
    const bool there = co_await reach(wanted);
    if (!there) {
        co_return answer(too_large_resource_version(wanted, registry_.store().revision()), *wish);
    }
    const auto found =
        registry_.read({*target.type, target.name_space, target.name, target.subresource});
    if (!found) co_return answer(found.error(), *wish);
    co_return answer_object(200, *target.type, *found, *wish, call.request, registry_.now());
}

asio::awaitable<bool> RestApi::reach(Revision revision) {
    const auto deadline = rt::Deadline::after(clock_, std::chrono::seconds(3));
    while (registry_.store().revision() < revision) {
        const auto left = deadline.left(clock_);
        if (left.count() <= 0 || ending_) co_return false;
        const bool going_on = co_await registry_.store().changed().wait(left);
        if (!going_on) co_return false;
    }
    co_return true;
}

}  // namespace dsm::cluster
