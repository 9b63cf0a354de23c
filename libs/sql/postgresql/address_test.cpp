// The two forms of an address, what is made of them, and that a bad one is not repeated.
#include "libs/sql/postgresql/address.hpp"

#include <gtest/gtest.h>

namespace dsm::sql {
namespace {

constexpr const char* kUri = "postgresql://dsm:s%27e%20c@db.example:5433/store?sslmode=verify-full";
constexpr const char* kKeywords =
    "host=db.example port=5433 dbname=store user=dsm password='s\\'e c' sslmode=verify-full";

TEST(PostgresqlAddress, IsTheSameAsUriAndAsKeywords) {
    EXPECT_EQ(dsn_with(kUri, "port", "1"), dsn_with(kKeywords, "port", "1"));
    EXPECT_EQ(dsn_with(kUri, "port", "1"),
              "postgresql:///?user=dsm&password=s%27e%20c&dbname=store&host=db%2Eexample&"
              "sslmode=verify%2Dfull&port=1");
}

TEST(PostgresqlAddress, TellsThePlaceAndNothingElse) {
    EXPECT_EQ(dsn_place(kUri), "db.example:5433");
    EXPECT_EQ(dsn_place(kKeywords), "db.example:5433");
    EXPECT_EQ(dsn_place("postgresql://a,b:5433/store"), "a,b:,5433");
    EXPECT_EQ(dsn_place("hostaddr=10.0.0.7"), "10.0.0.7");
    EXPECT_EQ(dsn_place("dbname=store"), "");
}

TEST(PostgresqlAddress, KnowsWhatIsGiven) {
    EXPECT_TRUE(dsn_has(kUri, "password"));
    EXPECT_TRUE(dsn_has(kKeywords, "sslmode"));
    EXPECT_FALSE(dsn_has("postgresql://dsm@db.example", "password"));
    EXPECT_FALSE(dsn_has("", "host"));
}

TEST(PostgresqlAddress, KeepsWhatIsGivenBeforeADefault) {
    const std::string dsn = "host=db keepalives_idle=7";

    EXPECT_EQ(dsn_with_default(dsn, "keepalives_idle", "30"), dsn);
    EXPECT_TRUE(dsn_has(dsn_with_default(dsn, "keepalives_count", "3"), "keepalives_count"));
}

TEST(PostgresqlAddress, RefusesWhatLibpqDoesNotTakeAndRepeatsNoneOfIt) {
    for (const char* bad : {"postgresql://dsm:sesame@[::1", "password=sesame nonsense",
                            "passwrod=sesame", "sesame", "postgresql://h/d?sesame=1"}) {
        const auto complaint = complaint_about_dsn(bad);

        ASSERT_TRUE(complaint) << bad;
        EXPECT_EQ(complaint->find("sesame"), std::string::npos) << *complaint;
        EXPECT_EQ(dsn_with(bad, "host", "h"), "");
        EXPECT_EQ(dsn_place(bad), "");
    }
    EXPECT_FALSE(complaint_about_dsn(kUri));
    EXPECT_FALSE(complaint_about_dsn(kKeywords));
}

TEST(PostgresqlAddress, TakesAnyValueWithoutLettingItBecomeAKeyword) {
    const std::string hostile = "x' host=elsewhere&host=elsewhere\\%&?";

    const auto dsn = dsn_with(dsn_with("", "host", "here"), "password", hostile);

    EXPECT_EQ(dsn_place(dsn), "here");
    EXPECT_EQ(dsn_with(dsn, "password", hostile), dsn);
}

}  // namespace
}  // namespace dsm::sql
