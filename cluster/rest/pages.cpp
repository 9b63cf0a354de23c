// Discovery, OpenAPI, version and health.
#include <fmt/format.h>

#include "cluster/objects/discovery.hpp"
#include "cluster/rest/api.hpp"

namespace dsm::cluster {

namespace {

/// Clients of 1.30 on ask for v2. Older ones ask for v2beta1 and get legacy lists, as from 1.34.
bool wants_aggregated(const http::Request& request) {
    const auto accept = request.headers.find("Accept").value_or("");
    return accept.find("g=apidiscovery.k8s.io") != std::string_view::npos &&
           (accept.find("v=v2;") != std::string_view::npos ||
            accept.find("v=v2,") != std::string_view::npos);
}

http::Response tagged(const http::Request& request, std::string body, std::string_view type) {
    const std::string tag = entity_tag(body);
    http::Response response;
    response.headers.set("ETag", tag);
    response.headers.set("Vary", "Accept");
    response.headers.set("Cache-Control", "public");
    if (request.headers.find("If-None-Match") == std::string_view(tag)) {
        response.status = 304;
        return response;
    }
    response.headers.set("Content-Type", std::string(type));
    response.body = std::move(body);
    return response;
}

http::Response or_404(const std::optional<json::value>& page, bool known_group) {
    if (page) return answer(200, *page, {});
    return answer(known_group ? unknown_resource() : page_not_found());
}

http::Response discovery(const http::Request& request, const Target& target) {
    const auto& at = target.segments;
    const bool core = at[0] == "api";
    if (at.size() == 1 && wants_aggregated(request)) {
        const auto page = aggregated_discovery(core ? DiscoveryRoot::kApi : DiscoveryRoot::kApis);
        return tagged(request, json::serialize(page) + "\n", aggregated_discovery_content_type());
    }
    if (at.size() == 1) {
        const std::string host(request.headers.find("Host").value_or(""));
        return answer(200, core ? legacy_api_versions(host) : legacy_group_list(), {});
    }
    if (core) return or_404(legacy_resource_list("", at[1]), true);
    if (at.size() == 2) return or_404(legacy_group(at[1]), false);
    return or_404(legacy_resource_list(at[1], at[2]), is_known_group(at[1]));
}

http::Response openapi_v3(const http::Request& request, const Target& target) {
    constexpr std::string_view kRoot = "/openapi/v3";
    if (target.segments.size() == 2) {
        return tagged(request, json::serialize(openapi_v3_root()), "application/json");
    }
    const std::string path = target.path.substr(kRoot.size() + 1);
    const auto document = openapi_v3_document(path);
    if (!document) return answer(page_not_found());
    const std::string hash = openapi_v3_hash(path);
    const auto asked = request.query.find("hash");
    if (asked && *asked != hash) {
        http::Response moved;
        moved.status = 301;
        moved.headers.set("Location", fmt::format("{}/{}?hash={}", kRoot, path, hash));
        return moved;
    }
    auto response = tagged(request, json::serialize(*document), "application/json");
    if (asked) response.headers.set("Cache-Control", "public, immutable");
    return response;
}

}  // namespace

http::Response serve_page(const http::Request& request, const Target& target) {
    const auto& at = target.segments;
    if (target.verb != "get" && target.verb != "head") {
        return answer(at.empty() ? page_not_found() : method_not_allowed());
    }
    if (at.empty()) {
        return answer(200,
                      {{"paths",
                        {"/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v2",
                         "/openapi/v3", "/readyz", "/version"}}},
                      {.pretty = true});
    }
    if (at[0] == "api" || at[0] == "apis") return discovery(request, target);
    if (at[0] == "version" && at.size() == 1) {
        return answer(200, version_document(), {.pretty = true});
    }
    if (at[0] == "healthz" || at[0] == "livez" || at[0] == "readyz") {
        auto well = http::Response::text(200, "ok");
        well.headers.set("Cache-Control", "no-cache, private");
        return well;
    }
    if (at[0] == "openapi" && at.size() == 2 && at[1] == "v2") {
        // Clients read an empty document as "no schema known" and leave checking to the server.
        http::Response empty;
        empty.headers.set("Content-Type",
                          "application/com.github.proto-openapi.spec.v2.v1.0+protobuf");
        return empty;
    }
    if (at[0] == "openapi" && at.size() >= 2 && at[1] == "v3") return openapi_v3(request, target);
    return answer(page_not_found());
}

}  // namespace dsm::cluster
