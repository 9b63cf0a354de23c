// Creates, updates, patches and deletes over HTTP: options and bodies in, objects out.
#include <fmt/format.h>

#include "cluster/rest/api.hpp"
#include "cluster/rest/list_options.hpp"

namespace dsm::cluster {

namespace {

std::string_view media_type(const http::Request& request) {
    auto type = request.headers.find("Content-Type").value_or("");
    type = type.substr(0, type.find(';'));
    while (type.ends_with(' ')) type.remove_suffix(1);
    return type;
}

ApiResult<BodyFormat> body_format(const http::Request& request) {
    const auto type = media_type(request);
    if (type.empty() || type == "application/json") return BodyFormat::kJson;
    if (type == "application/yaml") return BodyFormat::kYaml;
    if (type == "application/vnd.kubernetes.protobuf") return BodyFormat::kProtobuf;
    return std::unexpected(unsupported_media_type());
}

std::optional<PatchKind> patch_kind(const http::Request& request) {
    const auto type = media_type(request);
    if (type == "application/json-patch+json") return PatchKind::kJson;
    if (type == "application/merge-patch+json") return PatchKind::kMerge;
    if (type == "application/strategic-merge-patch+json") return PatchKind::kStrategic;
    if (type == "application/apply-patch+yaml") return PatchKind::kApply;
    return std::nullopt;
}

ApiError bad_option(std::string_view kind, FieldError error) {
    return invalid("meta.k8s.io", kind, "", {std::move(error)});
}

bool is_printable(char letter) {
    const auto c = static_cast<unsigned char>(letter);
    return c >= 0x20 && c != 0x7f;
}

ApiResult<void> check_dry_run(const std::vector<std::string>& texts, std::string_view kind) {
    const bool known = std::ranges::all_of(texts, [](const auto& text) { return text == "All"; });
    if (known) return {};
    return std::unexpected(
        bad_option(kind, FieldError::not_supported("dryRun", json::value_from(texts), {"All"})));
}

/// `kind` names the options in refusals: "CreateOptions".
ApiResult<WriteOptions> read_write_options(const http::Request& request, std::string_view kind,
                                           std::string_view subresource, Instant now) {
    constexpr std::size_t kManagerLimit = 128;
    WriteOptions options;
    const auto dry_runs = request.query.find_all("dryRun");
    if (auto known = check_dry_run({dry_runs.begin(), dry_runs.end()}, kind); !known) {
        return std::unexpected(known.error());
    }
    options.dry_run = !dry_runs.empty();
    const auto validation = request.query.find("fieldValidation").value_or("");
    const auto known = field_validation_of(validation);
    if (!known) {
        return std::unexpected(bad_option(
            kind,
            FieldError::not_supported("fieldValidation", json::value(json::string(validation)),
                                      {"", "Ignore", "Strict", "Warn"})));
    }
    options.validation = *known;
    std::string manager(request.query.find("fieldManager").value_or(""));
    if (manager.size() > kManagerLimit) {
        return std::unexpected(
            bad_option(kind, FieldError::too_long("fieldManager", kManagerLimit)));
    }
    if (const auto bad = std::ranges::find_if_not(manager, is_printable); bad != manager.end()) {
        return std::unexpected(bad_option(
            kind, FieldError::invalid(
                      "fieldManager", json::value(manager),
                      fmt::format("invalid character U+{:04X} (at position {})",
                                  static_cast<unsigned char>(*bad), bad - manager.begin()))));
    }
    if (manager.empty()) {
        const auto agent = request.headers.find("User-Agent").value_or("");
        manager = agent.substr(0, agent.find('/'));
    }
    options.writer = {std::move(manager), std::string(subresource), now};
    return options;
}

ApiResult<DeleteOptions> read_delete_options(const http::Request& request) {
    json::value body;
    const auto format = body_format(request);
    if (!format && !request.body.empty()) return std::unexpected(format.error());
    if (!request.body.empty()) {
        auto decoded = decode_delete_options(request.body, *format);
        if (!decoded) return std::unexpected(decoded.error());
        body = std::move(*decoded);
    }
    DeleteOptions options;
    std::optional<bool> orphan;
    std::vector<std::string> dry_runs;
    if (body.is_object()) {
        options.policy = text_at(body, {"propagationPolicy"});
        options.uid = text_at(body, {"preconditions", "uid"});
        options.resource_version = text_at(body, {"preconditions", "resourceVersion"});
        if (const auto* flag = find_at(body, {"orphanDependents"}); flag && flag->is_bool()) {
            orphan = flag->get_bool();
        }
        for (const json::value& text : array_at(body, {"dryRun"})) {
            if (text.is_string()) dry_runs.emplace_back(text.get_string());
        }
    } else {
        options.policy = request.query.find("propagationPolicy").value_or("");
        if (request.query.find("orphanDependents")) {
            orphan = is_set(request.query, "orphanDependents");
        }
        for (const auto text : request.query.find_all("dryRun")) dry_runs.emplace_back(text);
    }
    if (auto known = check_dry_run(dry_runs, "DeleteOptions"); !known) {
        return std::unexpected(known.error());
    }
    options.dry_run = !dry_runs.empty();
    if (orphan && !options.policy.empty()) {
        return std::unexpected(bad_option(
            "DeleteOptions",
            FieldError::invalid("propagationPolicy", json::value(options.policy),
                                "orphanDependents and deletionPropagation cannot be both set")));
    }
    if (orphan) options.policy = *orphan ? "Orphan" : "Background";
    const bool known = options.policy.empty() || options.policy == "Orphan" ||
                       options.policy == "Background" || options.policy == "Foreground";
    if (!known) {
        return std::unexpected(
            bad_option("DeleteOptions",
                       FieldError::not_supported("propagationPolicy", json::value(options.policy),
                                                 {"Foreground", "Background", "Orphan", "nil"})));
    }
    return options;
}

std::vector<std::string> joined(std::vector<std::string> first, std::vector<std::string> second) {
    for (auto& text : second) first.push_back(std::move(text));
    return first;
}

}  // namespace

http::Response RestApi::create(const Call& call) {
    const ResourceType& type = *call.target.type;
    const auto wish = read_wish(call.request, true, false);
    if (!wish) return answer(wish.error());
    const auto options = read_write_options(call.request, "CreateOptions", "", registry_.now());
    if (!options) return answer(options.error(), *wish);
    const auto format = body_format(call.request);
    if (!format) return answer(format.error(), *wish);
    auto decoded = decode_body(type, call.request.body, *format, options->validation);
    if (!decoded) return answer(decoded.error(), *wish);
    auto made = registry_.create({type, call.target.name_space, "", ""}, std::move(decoded->object),
                                 *options);
    if (!made) return answer(made.error(), *wish, decoded->warnings);
    return answer_object(201, type, made->object, *wish, call.request, registry_.now(),
                         joined(std::move(decoded->warnings), std::move(made->warnings)));
}

http::Response RestApi::review(const Call& call) {
    const ResourceType& type = *call.target.type;
    const auto wish = read_wish(call.request, false, false);
    if (!wish) return answer(wish.error());
    const auto format = body_format(call.request);
    if (!format) return answer(format.error(), *wish);
    auto decoded = decode_body(type, call.request.body, *format, FieldValidation::kWarn);
    if (!decoded) return answer(decoded.error(), *wish);
    const auto options = read_write_options(call.request, "CreateOptions", "", registry_.now());
    if (!options) return answer(options.error(), *wish);
    object_at(decoded->object, {"metadata"});
    track_update(type, nullptr, decoded->object, options->writer);
    auto answered = answer_review(type, std::move(decoded->object), call.user, identity_);
    if (!answered) return answer(answered.error(), *wish);
    if (type.plural == "selfsubjectreviews") {
        object_at(*answered, {"metadata"})["creationTimestamp"] = format_rfc3339(registry_.now());
    }
    return answer(201, *answered, *wish, decoded->warnings);
}

http::Response RestApi::update(const Call& call) {
    const Target& target = call.target;
    const auto wish = read_wish(call.request, true, false);
    if (!wish) return answer(wish.error());
    const auto options =
        read_write_options(call.request, "UpdateOptions", target.subresource, registry_.now());
    if (!options) return answer(options.error(), *wish);
    const auto format = body_format(call.request);
    if (!format) return answer(format.error(), *wish);
    auto decoded = decode_body(*target.type, call.request.body, *format, options->validation);
    if (!decoded) return answer(decoded.error(), *wish);
    auto written =
        registry_.replace({*target.type, target.name_space, target.name, target.subresource},
                          std::move(decoded->object), *options);
    if (!written) return answer(written.error(), *wish, decoded->warnings);
    return answer_object(written->created ? 201 : 200, *target.type, written->object, *wish,
                         call.request, registry_.now(),
                         joined(std::move(decoded->warnings), std::move(written->warnings)));
}

http::Response RestApi::patch(const Call& call) {
    const Target& target = call.target;
    const auto kind = patch_kind(call.request);
    if (!kind) return answer(unsupported_patch_type());
    const auto wish = read_wish(call.request, true, false);
    if (!wish) return answer(wish.error());
    auto options =
        read_write_options(call.request, "PatchOptions", target.subresource, registry_.now());
    if (!options) return answer(options.error(), *wish);
    const bool applies = *kind == PatchKind::kApply;
    if (applies && call.request.query.find("fieldManager").value_or("").empty()) {
        return answer(bad_option("PatchOptions", FieldError::required("fieldManager",
                                                                      "is required for apply "
                                                                      "patch")),
                      *wish);
    }
    if (!applies && call.request.query.find("force")) {
        return answer(
            bad_option("PatchOptions",
                       FieldError::forbidden("force", "may not be specified for non-apply patch")),
            *wish);
    }
    const Force force = is_set(call.request.query, "force") ? Force::kYes : Force::kNo;
    const auto written =
        registry_.patch({*target.type, target.name_space, target.name, target.subresource}, *kind,
                        call.request.body, force, *options);
    if (!written) return answer(written.error(), *wish);
    return answer_object(written->created ? 201 : 200, *target.type, written->object, *wish,
                         call.request, registry_.now(), written->warnings);
}

http::Response RestApi::remove(const Call& call) {
    const Target& target = call.target;
    const auto wish = read_wish(call.request, true, false);
    if (!wish) return answer(wish.error());
    const auto options = read_delete_options(call.request);
    if (!options) return answer(options.error(), *wish);
    const auto deleted =
        registry_.remove({*target.type, target.name_space, target.name, ""}, *options);
    if (!deleted) return answer(deleted.error(), *wish);
    if (!deleted->gone) {
        return answer_object(200, *target.type, deleted->object, *wish, call.request,
                             registry_.now(), deleted->warnings);
    }
    const auto uid = text_at(deleted->object, {"metadata", "uid"});
    return answer(200, success_status(*target.type, target.name, uid), *wish, deleted->warnings);
}

http::Response RestApi::remove_collection(const Call& call) {
    const ResourceType& type = *call.target.type;
    const auto wish = read_wish(call.request, false, true);
    if (!wish) return answer(wish.error());
    const auto list_options = read_list_options(call.request, call.target);
    if (!list_options) return answer(list_options.error(), *wish);
    const auto options = read_delete_options(call.request);
    if (!options) return answer(options.error(), *wish);
    const Place all{type, call.target.name_space, "", ""};
    const std::string prefix = all.prefix();
    const auto page = registry_.store().list({.resource = type.storage, .prefix = prefix});
    std::string body = fmt::format(
        "{{\"kind\":\"{}\",\"apiVersion\":\"{}\",\"metadata\":{{"
        "\"resourceVersion\":\"{}\"}},\"items\":[",
        type.list_kind(), type.group_version(), page->at);
    bool first = true;
    for (const Record& record : page->records) {
        const json::value object = from_stored(type, *record.object);
        if (!list_options->selection.matches(object)) continue;
        const std::string name(text_at(object, {"metadata", "name"}));
        const auto deleted = registry_.remove({type, call.target.name_space, name, ""}, *options);
        if (!deleted) continue;  // gone meanwhile: deleted all the same
        if (!std::exchange(first, false)) body += ',';
        append_item(body, object);
    }
    body += "]}";
    return answer_text(200, std::move(body), *wish);
}

}  // namespace dsm::cluster
