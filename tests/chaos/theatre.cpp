#include "tests/chaos/theatre.hpp"

namespace dsm::chaos {
namespace {

constexpr const char* kRedisPassword = "a-redis-password-of-the-chaos";
constexpr const char* kPostgresqlPassword = "a-postgresql-password-of-the-chaos";

std::unique_ptr<PostgresqlBeside> server_of(StoreKind kind) {
    if (kind == StoreKind::kSqlite) return nullptr;
    return std::make_unique<PostgresqlBeside>(kPostgresqlPassword);
}

}  // namespace

Theatre::Theatre(const std::string& binary, StoreKind kind)
    : cluster_(binary),
      redis_(kRedisPassword),
      postgresql_(server_of(kind)),
      stage_{.binary = binary,
             .cluster = cluster_,
             .redis = redis_,
             .postgresql = postgresql_.get(),
             .kubeconfig = cluster_.kubeconfig(),
             .secrets = {kRedisPassword, kPostgresqlPassword, cluster_.token()}} {
    stage_.environment = {{"REDIS_HOST", "127.0.0.1"},
                          {"REDIS_PORT", std::to_string(redis_.port())},
                          {"REDIS_PASSWORD", kRedisPassword}};
    load_workspace(stage_, folder_.path());
}

}  // namespace dsm::chaos
