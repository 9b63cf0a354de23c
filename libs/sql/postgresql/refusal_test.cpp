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
         Refusal::kLogin},
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
