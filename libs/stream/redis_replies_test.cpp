// What a human is told about a refusal of Redis'.
#include "libs/stream/redis_replies.hpp"

#include <gtest/gtest.h>

namespace dsm::stream {
namespace {

TEST(RedisAdvice, SaysWhatToDoWhereWaitingIsNotEnough) {
    const struct {
        const char* said;
        const char* told;
    } table[] = {
        {"OOM command not allowed when used memory > 'maxmemory'.", "maxmemory"},
        {"READONLY You can't write against a read only replica.", "primary"},
        {"NOAUTH Authentication required.", "REDIS_PASSWORD"},
        {"WRONGPASS invalid username-password pair or user is disabled.", "REDIS_PASSWORD"},
        {"NOPERM this user has no permissions to run the 'xadd' command", "allow"},
        {"WRONGTYPE Operation against a key holding the wrong kind of value", "REDIS_STREAM_NAME"},
        {"MISCONF Redis is configured to save RDB snapshots", "disk"},
        {"NOREPLICAS Not enough good replicas to write.", "replicas"},
    };
    for (const auto& row : table) {
        EXPECT_NE(advice_for(row.said).find(row.told), std::string::npos) << row.said;
    }
}

TEST(RedisAdvice, IsSilentWhereWaitingHelps) {
    for (const auto* said : {"LOADING Redis is loading the dataset in memory",
                             "CLUSTERDOWN The cluster is down", "ERR something else", ""}) {
        EXPECT_EQ(advice_for(said), "") << said;
    }
}

TEST(RedisAdvice, GivesUpAConnectionThatLeadsToTheWrongServer) {
    EXPECT_TRUE(ends_connection("READONLY You can't write against a read only replica."));
    EXPECT_TRUE(ends_connection("NOAUTH Authentication required."));
    EXPECT_FALSE(ends_connection("OOM command not allowed"));
    EXPECT_FALSE(ends_connection("NOGROUP No such key"));
}

TEST(RedisIllness, IsWhatLeavesNobodyServed) {
    for (const auto* said :
         {"LOADING Redis is loading the dataset in memory", "CLUSTERDOWN The cluster is down",
          "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
          "BUSY Redis is busy running a script.", "ERR max number of clients reached"}) {
        EXPECT_TRUE(is_illness(said)) << said;
    }
}

TEST(RedisIllness, IsNoAnswerToOneCommandNorARefusalOfWritesAlone) {
    for (const auto* said :
         {"WRONGTYPE Operation against a key holding the wrong kind of value",
          "NOAUTH Authentication required.", "WRONGPASS invalid username-password pair",
          "NOPERM this user has no permissions", "NOGROUP No such key 's' or consumer group 'g'",
          "BUSYGROUP Consumer Group name already exists", "ERR no such key",
          "ERR The ID specified in XADD is equal or smaller than the target stream top item",
          "OOM command not allowed when used memory > 'maxmemory'.",
          "READONLY You can't write against a read only replica.",
          "MISCONF Redis is configured to save RDB snapshots",
          "NOREPLICAS Not enough good replicas to write.", ""}) {
        EXPECT_FALSE(is_illness(said)) << said;
    }
}

}  // namespace
}  // namespace dsm::stream
