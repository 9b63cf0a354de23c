// The wire of the embedded cluster, held against what a real API server answered.
#include "tests/kube/wire.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "cluster/service.hpp"

namespace dsm::kube::testing {
namespace {

const std::string kRecord = std::string(DSM_SOURCE_DIR) + "/tests/kube/wire-1.34.json";

TEST(Wire, OfTheEmbeddedClusterIsThatOfARealOneButForWhatIsListed) {
    const rt::SystemClock clock;
    const auto random = rt::make_system_random();
    cluster::Cluster cluster({}, clock, *random);
    ASSERT_TRUE(cluster.start());
    const WireRecord record = read_wire_record(kRecord);

    const WireRecord here = play(
        record,
        {.server = cluster.url(), .tls = {.ca_pem = cluster.ca_pem()}, .token = cluster.token()},
        "wire-" + random->hex(3));

    ASSERT_GT(record.steps.size(), 300U);
    for (std::size_t i = 0; i < record.steps.size(); ++i) {
        const bool same = same_answer(record.steps[i], here.steps[i]);
        const bool listed = record.steps[i].contains("differs");
        EXPECT_NE(same, listed) << (same ? "no longer differs: " : "")
                                << difference(record.steps[i], here.steps[i]);
    }
}

TEST(Wire, OfARealClusterIsStillTheRecord) {
    const char* kubeconfig = std::getenv("DSM_TEST_KUBECONFIG");
    if (kubeconfig == nullptr) {
        GTEST_SKIP() << "DSM_TEST_KUBECONFIG=FILE runs this on a real Kubernetes 1.34 whose "
                        "administrator the file names";
    }
    const auto access = load_access({.kubeconfig = kubeconfig}, {});
    ASSERT_TRUE(access) << access.error().message;
    const WireRecord record = read_wire_record(kRecord);

    const WireRecord now = play(record, *access, "wire-" + rt::make_system_random()->hex(3));

    for (std::size_t i = 0; i < record.steps.size(); ++i) {
        EXPECT_TRUE(same_answer(record.steps[i], now.steps[i]))
            << difference(record.steps[i], now.steps[i]);
    }
}

}  // namespace
}  // namespace dsm::kube::testing
