// The table of settings.
#include <array>

#include "dsm/settings/settings.hpp"
#include "dsm/settings/validators.hpp"

namespace dsm::settings {

namespace {

using S = Settings;
using C = CallSettings;
constexpr unsigned kServers = kUp | kServe;
constexpr unsigned kAll = kUp | kServe | kClient;

constexpr std::array kDeclarations = {
    Declaration{"DSM_DATA", "--data", "~/.local/share/dsm", "",
                "Directory of everything this installation keeps; client commands find a running "
                "DSM through it.",
                kAll, path<&S::data>},
    Declaration{"DSM_PORT_BASE", "--port-base", "8080", "port",
                "First of the six ports of `dsm up` (orchestrator, project, backlog, sprint, "
                "chronicle, cluster); 0 takes free ones.",
                kUp, number<&S::port_base, 0, 65'530>},
    Declaration{"DSM_LISTEN", "--listen", "0.0.0.0:80", "", "Address and port of `dsm serve`.",
                kServe, listen_address<&S::listen>},
    Declaration{"ORCHESTRATOR_URL", "--orchestrator-url", "", "",
                "Where client commands find the orchestrator; empty: what endpoints.json of the "
                "data directory says.",
                kClient, url<&S::orchestrator_url>},
    Declaration{"PROJECT_SERVICE_URL", "--project-service-url", "", "",
                "Where the others find project-service; empty: our own (`dsm up`), or "
                "http://project-service.{K8S_NAMESPACE}.svc.cluster.local (`dsm serve`).",
                kAll, url<&S::project_url>},
    Declaration{"BACKLOG_SERVICE_URL", "--backlog-service-url", "", "",
                "Where the others find backlog-service; empty: as PROJECT_SERVICE_URL.", kAll,
                url<&S::backlog_url>},
    Declaration{"SPRINT_SERVICE_URL", "--sprint-service-url", "", "",
                "Where the others find sprint-service; empty: as PROJECT_SERVICE_URL.", kAll,
                url<&S::sprint_url>},
    Declaration{"CHRONICLE_SERVICE_URL", "--chronicle-service-url", "", "",
                "Where the others find chronicle-service; empty: as PROJECT_SERVICE_URL.", kAll,
                url<&S::chronicle_url>},
    Declaration{"REDIS_HOST", "--redis-host", "", "",
                "Redis server that keeps the event streams; empty: they are kept in a file of the "
                "data directory.",
                kAll, host<&S::redis_host>},
    Declaration{"REDIS_PORT", "--redis-port", "6379", "port", "Port of the Redis server.", kAll,
                number<&S::redis_port, 1, 65'535>},
    Declaration{"REDIS_DB", "--redis-db", "0", "", "Number of the Redis database.", kAll,
                number<&S::redis_db, 0, 1'000'000>},
    Declaration{"REDIS_PASSWORD", "", "", "",
                "Password of the Redis server; only from the environment, never logged.", kAll,
                any_text<&S::redis_password>},
    Declaration{"REDIS_STREAM_NAME", "--redis-stream-name", "orchestration_events", "",
                "Stream to which the orchestrator publishes its decisions.", kAll,
                word<&S::redis_stream_name>},
    Declaration{"STREAM_MAX_LENGTH", "--stream-max-length", "100000", "entries",
                "About how many entries a stream keeps.", kServers,
                number<&S::stream_max_length, 100, 100'000'000>},
    Declaration{"OUTBOX_RETENTION_HOURS", "--outbox-retention-hours", "168", "hours",
                "How long a delivered message is kept, to publish it again should Redis lose it.",
                kServers, number<&S::outbox_retention_hours, 0, 8'760>},
    Declaration{"SQLITE_BUSY_MS", "--sqlite-busy-ms", "3000", "ms",
                "How long a write waits for another process that holds the SQLite file.", kServers,
                milliseconds<&S::sqlite_busy, 1, 60'000>},
    Declaration{"POSTGRES_DSN", "", "", "",
                "Address of the PostgreSQL server of the stores as libpq takes it, URI or "
                "keywords, instead of POSTGRES_HOST and its sisters; only from the environment, "
                "never logged.",
                kServers, postgresql_address<&S::postgres_dsn>},
    Declaration{"POSTGRES_HOST", "--postgres-host", "", "",
                "PostgreSQL server of the stores; empty, as POSTGRES_DSN is: SQLite files in the "
                "data directory.",
                kServers, host<&S::postgres_host>},
    Declaration{"POSTGRES_PORT", "--postgres-port", "5432", "port",
                "Port of the PostgreSQL server.", kServers, number<&S::postgres_port, 1, 65'535>},
    Declaration{"POSTGRES_DB", "--postgres-db", "dsm", "", "Name of the PostgreSQL database.",
                kServers, word<&S::postgres_db>},
    Declaration{"POSTGRES_USER", "--postgres-user", "dsm", "", "User of the PostgreSQL database.",
                kServers, word<&S::postgres_user>},
    Declaration{"POSTGRES_PASSWORD", "", "", "",
                "Password of that user, also for a POSTGRES_DSN that has none; only from the "
                "environment, never logged.",
                kServers, any_text<&S::postgres_password>},
    Declaration{"POSTGRES_SSLMODE", "--postgres-sslmode", "", "",
                "How far the connection to PostgreSQL is secured: disable, allow, prefer, require, "
                "verify-ca or verify-full; empty: what POSTGRES_DSN says, or prefer.",
                kServers, sslmode<&S::postgres_sslmode>},
    Declaration{"POSTGRES_SSLROOTCERT", "--postgres-sslrootcert", "", "",
                "File with the certificates that the server's must descend from, for verify-ca and "
                "verify-full.",
                kServers, optional_file<&S::postgres_sslrootcert>},
    Declaration{"POSTGRES_SSLCERT", "--postgres-sslcert", "", "",
                "File with the certificate that DSM shows to a PostgreSQL server that wants one.",
                kServers, optional_file<&S::postgres_sslcert>},
    Declaration{"POSTGRES_SSLKEY", "--postgres-sslkey", "", "",
                "File with the key of POSTGRES_SSLCERT; mode 0600, or 0640 where it is root's.",
                kServers, optional_file<&S::postgres_sslkey>},
    Declaration{"POSTGRES_TIMEOUT_MS", "--postgres-timeout-ms", "4000", "ms",
                "Longest time of a transaction from its call to its outcome, waiting in line "
                "included.",
                kServers, milliseconds<&S::postgres_timeout, 500, 60'000>},
    Declaration{"POSTGRES_STATEMENT_TIMEOUT_MS", "--postgres-statement-timeout-ms", "3000", "ms",
                "After how long the server gives up a statement; half of it for a lock.", kServers,
                milliseconds<&S::postgres_statement_timeout, 100, 60'000>},
    Declaration{"POSTGRES_CONNECT_TIMEOUT_S", "--postgres-connect-timeout-s", "2", "s",
                "After how long connecting to one address of the server is given up.", kServers,
                seconds<&S::postgres_connect_timeout, 2, 60>},
    Declaration{"POSTGRES_POOL_SIZE", "--postgres-pool-size", "3", "sessions",
                "How many sessions a service opens for writing, and as many for reading.", kServers,
                number<&S::postgres_pool_size, 1, 64>},
    Declaration{"K8S_NAMESPACE", "--k8s-namespace", "dsm", "",
                "Kubernetes namespace of the CronJobs.", kAll, dns_label<&S::k8s_namespace>},
    Declaration{"DSM_IMAGE", "--image", "dsm:latest", "",
                "Container image that a CronJob's Pod runs: this product's own.", kServers,
                word<&S::image>},
    Declaration{"ALLOWED_HOSTS", "--allowed-hosts", "", "",
                "Host names, separated by commas, under which state may be changed besides "
                "loopback and the service's own name.",
                kServers, hosts<&S::allowed_hosts>},
    Declaration{"LOG_LEVEL", "--log-level", "info", "",
                "Least level of the log lines kept: debug, info, warning or error.", kServers,
                level<&S::log_level>},
    Declaration{
        "CALL_TIMEOUT_MS", "--call-timeout-ms", "5000", "ms",
        "Longest time of one call to another service, to the cluster or to Redis, its repeats "
        "included.",
        kServers, nullptr, milliseconds<&C::timeout, 100, 60'000>},
    Declaration{"CALL_ATTEMPTS", "--call-attempts", "3", "calls",
                "How often a call that may be repeated is made before it counts as failed; 1: "
                "never again.",
                kServers, nullptr, number<&C::attempts, 1, 10>},
    Declaration{"CALL_BACKOFF_MS", "--call-backoff-ms", "100", "ms",
                "Longest wait before the first repeat where the answer names no time; it doubles "
                "with each, up to 2 s.",
                kServers, nullptr, milliseconds<&C::backoff, 1, 2'000>},
    Declaration{
        "RETRY_BUDGET_PERCENT", "--retry-budget-percent", "10", "%",
        "How many repeats all calls of a process to one service, to the cluster or to Redis may "
        "make together, in per cent of the calls; ten more can be saved up.",
        kServers, nullptr, number<&C::retry_budget_percent, 0, 100>},
    Declaration{"MAX_REQUESTS", "--max-requests", "512", "requests",
                "How many requests a service handles at once; it answers 503 with Retry-After to "
                "more.",
                kServers, number<&S::max_requests, 1, 1'024>},
    Declaration{"BREAKER_FAILURES", "--breaker-failures", "10", "calls",
                "After how many failed calls in a row a service leaves another one, the "
                "cluster or Redis alone; a 4xx is no failure, nor is being turned away for a time.",
                kServers, nullptr, number<&C::breaker_failures, 1, 1'000>},
    Declaration{"BREAKER_OPEN_S", "--breaker-open-s", "5", "s",
                "For how long it does so before it lets one call through; for Redis see "
                "REDIS_BREAKER_OPEN_S.",
                kServers, nullptr, seconds<&C::breaker_open, 1, 600>},
    Declaration{"SIMULATED_PROGRESS", "--simulated-progress", "false", "",
                "For demonstrations: a daily scrum makes up the progress it reports.", kServers,
                on_off<&S::simulated_progress>},
    Declaration{"CLOCK_OFFSET_S", "--clock-offset-s", "0", "s",
                "For demonstrations: how far the service's clock is ahead of the machine's, or "
                "behind it when negative; give every service the same.",
                kServe, seconds<&S::clock_offset, -4'000'000'000, 4'000'000'000>},
};

}  // namespace

std::span<const Declaration> declarations() {
    return kDeclarations;
}

std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const auto& one : declarations()) {
        all.emplace_back(one.name);
        if (!one.read_call) continue;
        for (const auto& callee : kCallees)
            all.push_back(fmt::format("{}{}", callee.prefix, one.name));
    }
    return all;
}

}  // namespace dsm::settings
