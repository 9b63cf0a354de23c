// Which setting ends up where.
#include "dsm/compose/make.hpp"

#include "libs/sql/postgresql/address.hpp"
#include "services/backlog/service.hpp"
#include "services/chronicle/service.hpp"
#include "services/orchestrator/service.hpp"
#include "services/project/service.hpp"
#include "services/sprint/service.hpp"

namespace dsm::compose {

using settings::Callee;
using settings::Settings;

namespace {

/// What POSTGRES_DSN says, or the settings in its place say; the others fill in what it leaves out.
std::string dsn_of(const Settings& settings) {
    std::string dsn = settings.postgres_dsn;
    if (dsn.empty()) {
        dsn = sql::dsn_with(dsn, "host", settings.postgres_host);
        dsn = sql::dsn_with(dsn, "port", std::to_string(settings.postgres_port));
        dsn = sql::dsn_with(dsn, "dbname", settings.postgres_db);
        dsn = sql::dsn_with(dsn, "user", settings.postgres_user);
    }
    const std::pair<const char*, const std::string&> others[] = {
        {"password", settings.postgres_password},
        {"sslmode", settings.postgres_sslmode},
        {"sslrootcert", settings.postgres_sslrootcert},
        {"sslcert", settings.postgres_sslcert},
        {"sslkey", settings.postgres_sslkey}};
    for (const auto& [keyword, value] : others) {
        if (!value.empty() && !sql::dsn_has(dsn, keyword)) dsn = sql::dsn_with(dsn, keyword, value);
    }
    return dsn;
}

constexpr std::string_view kOrchestrator = "orchestrator";
constexpr std::string_view kSprint = "sprint";

std::string in_cluster(const Settings& settings, std::string_view name) {
    return fmt::format("http://{}-service.{}.svc.cluster.local", name, settings.k8s_namespace);
}

std::string first_of(const std::string& told, std::string otherwise) {
    return told.empty() ? std::move(otherwise) : told;
}

}  // namespace

sql::DatabaseSettings database_of(const Settings& settings, const std::string& data,
                                  std::string_view store) {
    sql::DatabaseSettings database;
    database.path = fmt::format("{}/{}.db", data, store);
    database.busy_timeout = settings.sqlite_busy;
    if (store == kOrchestrator || store == kSprint) database.durability = sql::Durability::kFull;
    if (!settings.on_postgresql()) return database;
    database.dialect = sql::Dialect::kPostgresql;
    database.dsn = dsn_of(settings);
    database.limit = settings.postgres_timeout;
    database.statement_timeout = settings.postgres_statement_timeout;
    database.connect_timeout = settings.postgres_connect_timeout;
    database.writers = settings.postgres_pool_size;
    database.readers = settings.postgres_pool_size;
    return database;
}

rt::CallPolicy policy_of(const Settings& settings, Callee callee) {
    const auto& calls = settings.calls_to(callee);
    rt::CallPolicy policy{.timeout = calls.timeout, .attempts = calls.attempts};
    policy.backoff.first = calls.backoff;
    policy.repeats.share = calls.retry_budget_percent / 100.0;
    policy.breaker = {.failures_to_open = calls.breaker_failures, .open_for = calls.breaker_open};
    return policy;
}

Addresses in_cluster_addresses(const Settings& settings) {
    return {.project = first_of(settings.project_url, in_cluster(settings, "project")),
            .backlog = first_of(settings.backlog_url, in_cluster(settings, "backlog")),
            .sprint = first_of(settings.sprint_url, in_cluster(settings, "sprint")),
            .chronicle = first_of(settings.chronicle_url, in_cluster(settings, "chronicle"))};
}

service::ServiceFactory make_project(const Settings& settings, const std::string& data) {
    project::Config config{.database = database_of(settings, data, "project"),
                           .stream_max_length = settings.stream_max_length};
    return [config](service::Environment environment) {
        return project::make_service(config, environment);
    };
}

service::ServiceFactory make_backlog(const Settings& settings, const std::string& data,
                                     const Addresses& addresses) {
    backlog::Config config{.database = database_of(settings, data, "backlog"),
                           .project_url = addresses.project,
                           .stream_max_length = settings.stream_max_length,
                           .calls = policy_of(settings, Callee::kProject)};
    return [config](service::Environment environment) {
        return backlog::make_service(config, environment);
    };
}

service::ServiceFactory make_sprint(const Settings& settings, const std::string& data,
                                    const Addresses& addresses) {
    sprint::Config config{.database = database_of(settings, data, kSprint),
                          .project_url = addresses.project,
                          .backlog_url = addresses.backlog,
                          .chronicle_url = addresses.chronicle,
                          .simulated_progress = settings.simulated_progress,
                          .stream_max_length = settings.stream_max_length,
                          .outbox_retention = std::chrono::hours(settings.outbox_retention_hours),
                          .calls = {.project = policy_of(settings, Callee::kProject),
                                    .backlog = policy_of(settings, Callee::kBacklog),
                                    .chronicle = policy_of(settings, Callee::kChronicle),
                                    .stream = policy_of(settings, Callee::kRedis)}};
    return [config](service::Environment environment) {
        return sprint::make_service(config, environment);
    };
}

service::ServiceFactory make_chronicle(const Settings& settings, const std::string& data) {
    chronicle::Config config{.database = database_of(settings, data, "chronicle")};
    return [config](service::Environment environment) {
        return chronicle::make_service(config, environment);
    };
}

service::ServiceFactory make_orchestrator(const Settings& settings, const std::string& data,
                                          const Addresses& addresses, const kube::Access& cluster) {
    orchestrator::Config config{
        .database = database_of(settings, data, kOrchestrator),
        .project_url = addresses.project,
        .backlog_url = addresses.backlog,
        .sprint_url = addresses.sprint,
        .chronicle_url = addresses.chronicle,
        .stream_name = settings.redis_stream_name,
        .stream_max_length = settings.stream_max_length,
        .outbox_retention = std::chrono::hours(settings.outbox_retention_hours),
        .cluster = cluster,
        .name_space = settings.k8s_namespace,
        .image = settings.image,
        .calls = {.project = policy_of(settings, Callee::kProject),
                  .backlog = policy_of(settings, Callee::kBacklog),
                  .sprint = policy_of(settings, Callee::kSprint),
                  .chronicle = policy_of(settings, Callee::kChronicle),
                  .cluster = policy_of(settings, Callee::kKubernetes),
                  .stream = policy_of(settings, Callee::kRedis)}};
    return [config](service::Environment environment) {
        return orchestrator::make_service(config, environment);
    };
}

http::ServerSettings server_settings(const Settings& settings, const std::string& name,
                                     const std::string& address, std::uint16_t port) {
    http::ServerSettings server;
    server.service = name;
    server.address = address;
    server.port = port;
    server.allowed_hosts = settings.allowed_hosts;
    server.request_limit = settings.max_requests;
    for (const auto* suffix : {"", ".{}", ".{}.svc", ".{}.svc.cluster.local"}) {
        server.allowed_hosts.push_back(name +
                                       fmt::format(fmt::runtime(suffix), settings.k8s_namespace));
    }
    return server;
}

client::StreamPlace stream_place(const Settings& settings, const std::string& data) {
    client::StreamPlace place;
    if (settings.redis_host.empty()) {
        place.sqlite_file = data + "/streams.db";
    } else {
        place.redis_host = settings.redis_host;
        place.redis_port = settings.redis_port;
        place.redis_db = settings.redis_db;
    }
    for (const std::string& name :
         {settings.redis_stream_name, std::string("dsm:events"), std::string("task_update_events"),
          std::string("daily_scrum_events")}) {
        place.streams.push_back(name);
        place.streams.push_back(name + ":dead");
    }
    return place;
}

Result<std::unique_ptr<stream::EventStream>> open_streams(const client::StreamPlace& place,
                                                          const std::string& password,
                                                          const rt::CallPolicy& policy,
                                                          const rt::Clock& clock) {
    if (!place.sqlite_file.empty()) return stream::open_sql_stream(place.sqlite_file, clock);
    return stream::make_redis_stream({.host = place.redis_host,
                                      .port = place.redis_port,
                                      .db = place.redis_db,
                                      .password = password,
                                      .policy = policy},
                                     clock);
}

}  // namespace dsm::compose
