// Owners and dependents, and namespaces, as a real cluster ends them.
#include "cluster/controllers/fixture.hpp"

namespace dsm::cluster {
namespace {

class Garbage : public ControllerTest {
protected:
    json::value create_owned(const std::string& name, const json::value& owner, bool blocks,
                             json::array finalizers = {}) {
        json::object reference{{"apiVersion", "batch/v1"},
                               {"kind", "CronJob"},
                               {"name", text_at(owner, {"metadata", "name"})},
                               {"uid", text_at(owner, {"metadata", "uid"})},
                               {"blockOwnerDeletion", blocks}};
        return create("coordination.k8s.io/v1", "Lease", "dsm",
                      {{"metadata",
                        {{"name", name},
                         {"finalizers", std::move(finalizers)},
                         {"ownerReferences", json::array{reference}}}}});
    }
};

TEST_F(Garbage, GoesWithItsOwner) {
    const json::value owner = create_cronjob("a", "0 0 1 1 *");
    create_owned("l", owner, false);
    settle();
    ASSERT_TRUE(exists("leases", "l"));

    remove("cronjobs", "a", "Background");
    settle();
    EXPECT_FALSE(exists("leases", "l"));
}

TEST_F(Garbage, GoesWhenItsOwnerNeverWas) {
    json::value nobody = create_cronjob("a", "0 0 1 1 *");
    object_at(nobody, {"metadata"})["uid"] = "00000000-0000-4000-8000-000000000000";
    create_owned("l", nobody, false);

    settle();
    EXPECT_FALSE(exists("leases", "l"));
}

TEST_F(Garbage, HoldsAnOwnerInForegroundDeletionUntilItIsGone) {
    const json::value owner = create_cronjob("a", "0 0 1 1 *");
    create_owned("l", owner, true, {"example.com/wait"});
    settle();
    remove("cronjobs", "a", "Foreground");
    settle();
    ASSERT_TRUE(exists("cronjobs", "a"));
    EXPECT_TRUE(is_being_deleted(get("leases", "l")));

    patch("leases", "l", R"({"metadata":{"finalizers":null}})");
    settle();
    EXPECT_FALSE(exists("leases", "l"));
    EXPECT_FALSE(exists("cronjobs", "a"));
}

TEST_F(Garbage, OfANamespaceGoesBeforeTheNamespace) {
    create_cronjob("a", "0 0 1 1 *");
    create_job("j", "dsm", {}, {{"suspend", true}});
    settle();

    remove("namespaces", "dsm", "");
    EXPECT_TRUE(is_being_deleted(get("namespaces", "dsm")));
    settle();
    EXPECT_FALSE(exists("namespaces", "dsm"));
    EXPECT_TRUE(names("cronjobs").empty());
    EXPECT_TRUE(names("jobs").empty());
}

TEST_F(Garbage, OfANamespaceHoldsItWhileAFinalizerDoes) {
    const json::value owner = create_cronjob("a", "0 0 1 1 *");
    create_owned("l", owner, false, {"example.com/wait"});
    remove("namespaces", "dsm", "");
    settle();
    ASSERT_TRUE(exists("namespaces", "dsm"));

    patch("leases", "l", R"({"metadata":{"finalizers":null}})");
    settle();
    EXPECT_FALSE(exists("namespaces", "dsm"));
}

}  // namespace
}  // namespace dsm::cluster
