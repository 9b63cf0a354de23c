// Discovery and OpenAPI, as far as kubectl depends on them.
#include "cluster/objects/discovery.hpp"

#include <gtest/gtest.h>

#include "cluster/objects/resource.hpp"

namespace dsm::cluster {
namespace {

TEST(Discovery, ListsEveryResourceInBothForms) {
    for (const auto& type : registry()) {
        const auto root = type.group.empty() ? DiscoveryRoot::kApi : DiscoveryRoot::kApis;
        const auto aggregated = json::serialize(aggregated_discovery(root));
        const auto legacy = legacy_resource_list(type.group, type.version);
        const auto entry = fmt::format("\"resource\":\"{}\"", type.plural);

        EXPECT_NE(aggregated.find(entry), std::string::npos) << entry;
        ASSERT_TRUE(legacy);
        EXPECT_EQ(text_at(*legacy, {"groupVersion"}), type.group_version());
    }
    EXPECT_FALSE(legacy_resource_list("batch", "v2"));
    EXPECT_FALSE(legacy_group("apps"));
}

TEST(Discovery, GivesCronJobsWhatKubectlNeeds) {
    const auto root = aggregated_discovery(DiscoveryRoot::kApis);
    const auto& batch = root.at("items").as_array()[0];
    const auto& resource = batch.at("versions").as_array()[0].at("resources").as_array()[0];

    EXPECT_EQ(text_at(batch, {"metadata", "name"}), "batch");
    EXPECT_EQ(resource.at("resource"), "cronjobs");
    EXPECT_EQ(resource.at("shortNames"), json::array{"cj"});
    EXPECT_EQ(resource.at("categories"), json::array{"all"});
    EXPECT_EQ(resource.at("scope"), "Namespaced");
    EXPECT_EQ(text_at(resource, {"responseKind", "kind"}), "CronJob");
    EXPECT_EQ(resource.at("subresources").as_array()[0].at("subresource"), "status");
}

TEST(Discovery, ListsSubresourcesTheOldWay) {
    const auto list = legacy_resource_list("batch", "v1");
    std::vector<std::string> names;
    for (const auto& each : list->at("resources").as_array()) {
        names.emplace_back(text_at(each, {"name"}));
    }

    EXPECT_EQ(names,
              (std::vector<std::string>{"cronjobs", "cronjobs/status", "jobs", "jobs/status"}));
}

TEST(OpenApi, OffersServerSideValidationOfEveryStoredKind) {
    const auto root = openapi_v3_root();
    for (const auto& type : registry()) {
        if (!type.stored()) continue;
        const auto path =
            type.group.empty() ? std::string("api/v1") : "apis/" + type.group_version();
        const auto document = openapi_v3_document(path);
        ASSERT_TRUE(document) << path;
        const auto text = json::serialize(document->at("paths"));

        EXPECT_EQ(text_at(root, {"paths", path, "serverRelativeURL"}),
                  "/openapi/v3/" + path + "?hash=" + openapi_v3_hash(path));
        EXPECT_NE(text.find(fmt::format(R"("group":"{}","kind":"{}")", type.group, type.kind)),
                  std::string::npos);
        EXPECT_NE(text.find("fieldValidation"), std::string::npos);
        EXPECT_EQ(text.find("requestBody"), std::string::npos) << "kubectl then trusts our schema";
    }
    EXPECT_FALSE(openapi_v3_document("apis/apps/v1"));
}

TEST(OpenApi, ResolvesEveryReference) {
    const auto document = *openapi_v3_document("apis/batch/v1");
    const auto& schemas = document.at("components").at("schemas").as_object();
    const auto text = json::serialize(document);
    constexpr std::string_view kRef = "#/components/schemas/";
    int references = 0;
    for (auto at = text.find(kRef); at != std::string::npos; at = text.find(kRef, at + 1)) {
        const auto start = at + kRef.size();
        const auto name = text.substr(start, text.find('"', start) - start);
        EXPECT_TRUE(schemas.contains(name)) << name;
        ++references;
    }

    EXPECT_GT(references, 50);
    EXPECT_TRUE(schemas.contains("io.k8s.api.batch.v1.CronJobSpec"));
}

TEST(Version, IsThatOfTheRecordedServer) {
    EXPECT_EQ(text_at(version_document(), {"minor"}), "34");
}

TEST(EntityTag, FollowsTheBody) {
    EXPECT_EQ(entity_tag("a"), entity_tag("a"));
    EXPECT_NE(entity_tag("a"), entity_tag("b"));
    EXPECT_TRUE(entity_tag("a").starts_with('"'));
}

}  // namespace
}  // namespace dsm::cluster
