// The manifests of deploy/: names, rights, security, images and settings. A real API server judges
// them in the cluster test; this one needs kubectl alone.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "dsm/settings/settings.hpp"
#include "libs/testing/process.hpp"
#include "services/orchestrator/core/rights.hpp"
#include "tests/deploy/manifests.hpp"

namespace dsm::testing {
namespace {

const std::vector<std::string> kOverlays = {"demo", "production"};
const std::vector<std::string> kServices = {"project-orchestrator", "project-service",
                                            "backlog-service", "sprint-service",
                                            "chronicle-service"};

class Manifests : public ::testing::Test {
protected:
    void SetUp() override {
        if (!kubectl_renders()) GTEST_SKIP() << "needs kubectl 1.27 or newer";
    }
    static Objects overlay(const std::string& name) { return render(deploy_folder() + "/" + name); }
};

/// A variable of a container, or an undefined node.
YAML::Node variable(const YAML::Node& container, const std::string& name) {
    for (const auto& entry : container["env"]) {
        if (text(entry["name"]) == name) return entry;
    }
    return YAML::Node(YAML::NodeType::Undefined);
}

YAML::Node container_of(const Objects& objects, const std::string& service) {
    return find(objects, "Deployment", service)["spec"]["template"]["spec"]["containers"][0];
}

TEST_F(Manifests, GiveEveryServiceTheNameAndPortOfTheContract) {
    for (const auto& name : kOverlays) {
        const auto objects = overlay(name);
        for (const auto& service : kServices) {
            const auto address = find(objects, "Service", service);
            const auto port = address["spec"]["ports"][0];

            EXPECT_EQ(text(port["port"]), "80") << service;
            EXPECT_EQ(text(port["targetPort"]),
                      text(container_of(objects, service)["ports"][0]["name"]))
                << service;
            EXPECT_EQ(text(address["spec"]["selector"]["app.kubernetes.io/name"]), service);
            EXPECT_EQ(text(address["metadata"]["namespace"]), "dsm") << service;
        }
    }
}

TEST_F(Manifests, GrantTheOrchestratorExactlyWhatItAsksFor) {
    std::set<std::string> needed;
    for (const auto& right : orchestrator::rights_needed("dsm")) {
        needed.insert(orchestrator::describe(right));
    }
    for (const auto& name : kOverlays) {
        const auto objects = overlay(name);
        std::set<std::string> granted;
        for (const auto& role : of_kind(objects, "Role")) {
            for (const auto& rule : role["rules"]) {
                for (const auto& verb : rule["verbs"]) {
                    granted.insert(orchestrator::describe({text(verb), text(rule["apiGroups"][0]),
                                                           text(rule["resources"][0]), "dsm"}));
                    EXPECT_EQ(rule["apiGroups"].size() * rule["resources"].size(), 1U);
                }
            }
        }

        EXPECT_EQ(granted, needed) << name;
        EXPECT_TRUE(of_kind(objects, "ClusterRole").empty());
    }
}

TEST_F(Manifests, GiveATokenToTheOrchestratorAlone) {
    for (const auto& name : kOverlays) {
        for (const auto& [pod, spec] : pods(overlay(name))) {
            const bool orchestrator = pod == "Deployment/project-orchestrator";

            EXPECT_EQ(text(spec["automountServiceAccountToken"]), orchestrator ? "true" : "false")
                << pod;
        }
    }
}

TEST_F(Manifests, KeepEveryPodWithinRestrictedAndWithinLimits) {
    for (const auto& name : kOverlays) {
        const auto objects = overlay(name);
        const auto labels = find(objects, "Namespace", "dsm")["metadata"]["labels"];
        EXPECT_EQ(text(labels["pod-security.kubernetes.io/enforce"]), "restricted");
        for (const auto& [pod, spec] : pods(objects)) {
            EXPECT_EQ(text(spec["securityContext"]["runAsNonRoot"]), "true") << pod;
            EXPECT_EQ(text(spec["securityContext"]["seccompProfile"]["type"]), "RuntimeDefault");
            for (const auto& container : spec["containers"]) {
                const auto security = container["securityContext"];
                EXPECT_EQ(text(security["allowPrivilegeEscalation"]), "false") << pod;
                EXPECT_EQ(text(security["readOnlyRootFilesystem"]), "true") << pod;
                EXPECT_EQ(text(security["capabilities"]["drop"][0]), "ALL") << pod;
                for (const char* kind : {"requests", "limits"}) {
                    EXPECT_TRUE(container["resources"][kind]["memory"]) << pod << kind;
                    EXPECT_TRUE(container["resources"][kind]["cpu"]) << pod << kind;
                }
            }
        }
    }
}

TEST_F(Manifests, TakeEveryImageAndThatOfTheDailyScrumsFromOnePlace) {
    TemporaryFolder copy;
    std::filesystem::copy(deploy_folder(), copy.file("deploy"),
                          std::filesystem::copy_options::recursive);
    const auto release = copy.file("deploy/release/kustomization.yaml");
    auto moved = std::regex_replace(read_file(release), std::regex("newName: "),
                                    "newName: registry.example.org/team/");
    moved = std::regex_replace(moved, std::regex("newTag: .*"), "newTag: 9.8.7");
    std::ofstream(release) << moved;

    for (const auto& name : kOverlays) {
        const auto objects = render(copy.file("deploy/" + name));
        for (const auto& [pod, spec] : pods(objects)) {
            const auto image = text(spec["containers"][0]["image"]);
            EXPECT_TRUE(image.starts_with("registry.example.org/team/")) << pod << ": " << image;
            EXPECT_TRUE(image.ends_with(":9.8.7")) << pod << ": " << image;
        }
        const auto orchestrator = container_of(objects, "project-orchestrator");
        EXPECT_EQ(text(variable(orchestrator, "DSM_IMAGE")["value"]), text(orchestrator["image"]));
    }
}

TEST_F(Manifests, SetOnlySettingsThatExist) {
    std::set<std::string, std::less<>> known;
    for (auto& name : settings::names()) known.insert(std::move(name));
    for (const auto& name : kOverlays) {
        const auto objects = overlay(name);
        for (const auto& map : of_kind(objects, "ConfigMap")) {
            for (const auto& entry : map["data"]) {
                EXPECT_TRUE(known.contains(text(entry.first))) << text(entry.first);
            }
        }
        for (const auto& [pod, spec] : pods(objects)) {
            for (const auto& entry : spec["containers"][0]["env"]) {
                EXPECT_TRUE(known.contains(text(entry["name"]))) << pod << text(entry["name"]);
            }
        }
    }
}

TEST_F(Manifests, OfTheDemoGiveEachSqliteFileAVolumeAndOneWriter) {
    const auto objects = overlay("demo");
    for (const auto& service : kServices) {
        const auto spec = find(objects, "Deployment", service)["spec"];
        const auto claim =
            text(spec["template"]["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"]);

        EXPECT_EQ(text(spec["replicas"]), "1") << service;
        EXPECT_EQ(text(spec["strategy"]["type"]), "Recreate") << service;
        EXPECT_EQ(claim, service);
        EXPECT_TRUE(find(objects, "PersistentVolumeClaim", claim));
    }
}

TEST_F(Manifests, OfProductionTakeBothStoresFromSecretsThatMustBeThere) {
    const auto objects = overlay("production");
    EXPECT_TRUE(of_kind(objects, "PersistentVolumeClaim").empty());
    EXPECT_TRUE(of_kind(objects, "Secret").empty());
    for (const auto& service : kServices) {
        const auto container = container_of(objects, service);
        for (const char* name : {"POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_DB", "POSTGRES_USER",
                                 "REDIS_HOST", "REDIS_PORT"}) {
            const auto secret = variable(container, name)["valueFrom"]["secretKeyRef"];
            EXPECT_FALSE(text(secret["name"]).empty()) << service << " " << name;
            EXPECT_NE(text(secret["optional"]), "true") << service << " " << name;
        }
        const auto spec = find(objects, "Deployment", service)["spec"];
        EXPECT_EQ(text(spec["replicas"]), "2") << service;
        EXPECT_EQ(text(spec["strategy"]["type"]), "RollingUpdate") << service;
    }
}

/// The overlay that docs/stores.md shows, beside the folder that it refers to.
TEST_F(Manifests, OfProductionTakeTheAuthorityOfPostgresqlAsTheDocumentationShows) {
    const std::string page = read_file(deploy_folder() + "/../docs/stores.md");
    const std::string opening = "```yaml\n";
    const auto begin = page.find(opening);
    ASSERT_NE(begin, std::string::npos);
    const auto text_begin = begin + opening.size();
    const TemporaryFolder folder;
    std::filesystem::copy(deploy_folder(), folder.file("deploy"),
                          std::filesystem::copy_options::recursive);
    std::filesystem::create_directory(folder.file("deploy/mine"));
    std::ofstream(folder.file("deploy/mine/kustomization.yaml"))
        << page.substr(text_begin, page.find("```", text_begin) - text_begin);

    const auto objects = render(folder.file("deploy/mine"));

    for (const auto& service : kServices) {
        const auto pod = find(objects, "Deployment", service)["spec"]["template"]["spec"];
        const auto container = container_of(objects, service);
        const auto root = text(variable(container, "POSTGRES_SSLROOTCERT")["value"]);
        const auto mount = container["volumeMounts"][container["volumeMounts"].size() - 1];
        const auto volume = pod["volumes"][pod["volumes"].size() - 1];

        EXPECT_EQ(text(variable(container, "POSTGRES_SSLMODE")["value"]), "verify-full") << service;
        EXPECT_EQ(root, text(mount["mountPath"]) + "/ca.crt") << service;
        EXPECT_EQ(text(mount["name"]), text(volume["name"])) << service;
        EXPECT_NE(page.find("create configmap " + text(volume["configMap"]["name"]) +
                            " -n dsm --from-file=ca.crt="),
                  std::string::npos)
            << service;
    }
}

}  // namespace
}  // namespace dsm::testing
