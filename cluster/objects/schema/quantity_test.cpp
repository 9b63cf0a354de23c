// Spellings of quantities.
#include "cluster/objects/schema/quantity.hpp"

#include <gtest/gtest.h>

namespace dsm::cluster {
namespace {

TEST(Quantity, IsSpelledTheCanonicalWay) {
    struct Case {
        std::string_view text;
        std::string_view canonical;
    };
    const Case cases[] = {{"0.5", "500m"},      {"1024Mi", "1Gi"},   {"1000m", "1"},
                          {"1", "1"},           {"0", "0"},          {"100k", "100k"},
                          {"1000k", "1M"},      {"1.5Gi", "1536Mi"}, {"1e3", "1e3"},
                          {"-1500m", "-1500m"}, {"500Mi", "500Mi"},  {"0.1", "100m"},
                          {"1.0", "1"},         {"12e-1", "1200e-3"}};

    for (const auto& each : cases) {
        EXPECT_EQ(canonical_quantity(each.text), each.canonical) << each.text;
    }
}

TEST(Quantity, IsNotAnyText) {
    for (std::string_view text : {"", "x", "1x", "m", "1 Gi", "--1", "1gi", "1e", "1e99", "."}) {
        EXPECT_FALSE(canonical_quantity(text)) << text;
    }
}

}  // namespace
}  // namespace dsm::cluster
