// The words with which PostgreSQL 13 to 17 and libpq refuse a session.
#include "libs/sql/postgresql/refusal.hpp"

#include <gtest/gtest.h>

namespace dsm::sql {
namespace {

TEST(Refusal, IsToldFromTheServersWords) {
    struct Row {
        const char* said;
        Refusal refusal;
    };
    const Row rows[] = {
        {"cannot connect: Connection refused", Refusal::kNone},
        {"cannot connect", Refusal::kNone},
        {"the server does not answer", Refusal::kNone},
        {"cannot connect: FATAL:  the database system is starting up", Refusal::kStarting},
        {"cannot connect: FATAL:  the database system is shutting down", Refusal::kStarting},
        {"cannot connect: FATAL:  the database system is in recovery mode", Refusal::kStarting},
        {"cannot connect: FATAL:  the database system is not yet accepting connections",
         Refusal::kStarting},
        {"cannot connect: FATAL:  the database system is not accepting connections",
         Refusal::kStarting},
        {"cannot connect: FATAL:  sorry, too many clients already", Refusal::kNoRoom},
        {"cannot connect: FATAL:  too many connections for role \"dsm\"", Refusal::kNoRoom},
        {"cannot connect: FATAL:  too many connections for database \"dsm\"", Refusal::kNoRoom},
        {"cannot connect: FATAL:  remaining connection slots are reserved for roles with the "
         "SUPERUSER attribute",
         Refusal::kNoRoom},
        {"cannot connect: FATAL:  password authentication failed for user \"dsm\"",
         Refusal::kLogin},
        {"cannot connect: fe_sendauth: no password supplied", Refusal::kLogin},
        {"cannot connect: FATAL:  role \"dsm\" does not exist", Refusal::kLogin},
        {"cannot connect: FATAL:  role \"dsm\" is not permitted to log in", Refusal::kLogin},
        {"cannot connect: FATAL:  no pg_hba.conf entry for host \"10.0.0.7\", user \"dsm\", "
         "database \"dsm\", no encryption",
         Refusal::kOnlyTls},
        {"cannot connect: FATAL:  no pg_hba.conf entry for host \"10.0.0.7\", user \"dsm\", "
         "database \"dsm\", SSL encryption",
         Refusal::kLogin},
        {"cannot connect: FATAL:  SSL connection is required. Please specify SSL options and "
         "retry.",
         Refusal::kOnlyTls},
        {"cannot connect: SSL error: certificate verify failed", Refusal::kUntrusted},
        {"cannot connect: server certificate for \"db\" (and 1 other name) does not match host "
         "name "
         "\"10.0.0.7\"",
         Refusal::kOtherName},
        {"cannot connect: root certificate file \"/x/root.crt\" does not exist", Refusal::kNoRoot},
        {"cannot connect: could not read root certificate file \"/x\": no start line",
         Refusal::kNoRoot},
        {"cannot connect: could not get home directory to locate root certificate file",
         Refusal::kNoRoot},
        {"cannot connect: server does not support SSL, but SSL was required", Refusal::kNoTls},
        {"cannot connect: FATAL:  connection requires a valid client certificate",
         Refusal::kOurProof},
        {"cannot connect: private key file \"/x\" has group or world access", Refusal::kOurProof},
        {"cannot connect: could not read certificate file \"/x\": no start line",
         Refusal::kOurProof},
        {"cannot connect: SSL error: tlsv1 alert unknown ca", Refusal::kOurProof},
        {"cannot connect: SSL error: unsupported protocol", Refusal::kOtherwise},
        {"cannot connect: SSL SYSCALL error: EOF detected", Refusal::kNone},
        {"the pooler shares: set pool_mode = session", Refusal::kPooler},
        {"cannot connect: FATAL:  database \"dsm\" does not exist", Refusal::kOtherwise},
        {"cannot connect: FATAL:  désolé, trop de clients sont déjà connectés",
         Refusal::kOtherwise},
    };

    for (const Row& row : rows) EXPECT_EQ(refusal_in(row.said), row.refusal) << row.said;
}

TEST(Refusal, IsTheLastReasonThatLibpqGivesAndNothingOfTheAddress) {
    EXPECT_EQ(reason_in("connection to server at \"10.0.0.7\", port 5432 failed: timeout expired\n"
                        "connection to server at \"10.0.0.8\", port 5432 failed: "
                        "Connection refused\n\tIs the server running on that host?"),
              ": Connection refused");
    EXPECT_EQ(reason_in("missing \"=\" after \"pass word\" in connection info string"), "");
    EXPECT_EQ(reason_in(""), "");
    EXPECT_EQ(reason_in("connection to server at \"db\", port 5432 failed: SSL error: certificate "
                        "verify failed: it is old"),
              ": SSL error: certificate verify failed: it is old");
}

TEST(Refusal, IsWhatWasSaidOverTlsAndNotThatTheSecondTryWasWithout) {
    const std::string at = "connection to server at \"10.0.0.7\", port 5432 failed: ";
    const std::string without = at +
                                "FATAL:  no pg_hba.conf entry for host \"10.0.0.7\", user \"dsm\", "
                                "database \"dsm\", no encryption";

    EXPECT_EQ(reason_in(at + "FATAL:  password authentication failed for user \"dsm\"\n" + without),
              ": FATAL:  password authentication failed for user \"dsm\"");
    EXPECT_EQ(refusal_in(reason_in(at + "Connection refused\n\tIs it running?\n" + without)),
              Refusal::kOnlyTls);
}

constexpr Refusal kOfTls[] = {Refusal::kUntrusted, Refusal::kOtherName, Refusal::kNoRoot,
                              Refusal::kNoTls,     Refusal::kOnlyTls,   Refusal::kOurProof};

TEST(Refusal, OverTlsComesWithWhatToDoWhichIsNoRefusalItself) {
    for (const auto refusal : kOfTls) {
        const auto advice = advice_for(refusal);
        EXPECT_TRUE(advice.contains("POSTGRES_SSL")) << advice;
        EXPECT_EQ(refusal_in(advice), Refusal::kNone) << advice;
        EXPECT_TRUE(sentence_of(refusal).contains("it is tried again")) << sentence_of(refusal);
    }
    EXPECT_EQ(advice_for(Refusal::kNone), "");
    EXPECT_EQ(advice_for(Refusal::kLogin), "");
}

TEST(Refusal, SaysWhatComesNextAndNothingOfTheServersOwnWords) {
    for (const auto refusal : {Refusal::kNone, Refusal::kStarting, Refusal::kNoRoom,
                               Refusal::kLogin, Refusal::kOtherwise}) {
        const auto sentence = sentence_of(refusal);
        EXPECT_TRUE(sentence.contains("it goes on by itself") ||
                    sentence.contains("it is tried again"))
            << sentence;
        EXPECT_FALSE(sentence.contains("FATAL")) << sentence;
    }
}

}  // namespace
}  // namespace dsm::sql
