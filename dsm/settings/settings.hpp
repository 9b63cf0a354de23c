// Every setting of the product, declared once: environment, flags, help and docs come from here.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/telemetry/log.hpp"

namespace dsm::settings {

struct ListenAddress {
    std::string address = "0.0.0.0";
    std::uint16_t port = 80;

    bool operator==(const ListenAddress&) const = default;
};

/// How calls are made: `rt::CallPolicy` as the settings say it.
struct CallSettings {
    std::chrono::milliseconds timeout{0};
    int attempts = 0;
    std::chrono::milliseconds backoff{0};
    int retry_budget_percent = 0;
    int breaker_failures = 0;
    std::chrono::seconds breaker_open{0};
};

/// Whom a process calls.
enum class Callee { kProject, kBacklog, kSprint, kChronicle, kKubernetes, kRedis };

struct CalleeDeclaration {
    Callee callee;
    std::string_view prefix;  ///< "K8S_": K8S_CALL_TIMEOUT_MS is for calls to it alone
    std::string_view title;   ///< "the Kubernetes API"
    /// What it has of its own where nobody says otherwise: a name without the prefix, a text.
    std::string_view own_name = {};
    std::string_view own_default = {};
};

/// Each has a variable for every part of `CallSettings`, in the order of the enum.
inline constexpr std::array<CalleeDeclaration, 6> kCallees = {{
    {Callee::kProject, "PROJECT_SERVICE_", "project-service"},
    {Callee::kBacklog, "BACKLOG_SERVICE_", "backlog-service"},
    {Callee::kSprint, "SPRINT_SERVICE_", "sprint-service"},
    {Callee::kChronicle, "CHRONICLE_SERVICE_", "chronicle-service"},
    {Callee::kKubernetes, "K8S_", "the Kubernetes API"},
    {Callee::kRedis, "REDIS_", "Redis", "BREAKER_OPEN_S", "1"},
}};

/// What a process was told. An empty address of a service means "the usual one".
struct Settings {
    std::string data;  ///< the data directory, absolute
    std::string orchestrator_url;
    std::string project_url;  ///< no slash at the end
    std::string backlog_url;
    std::string sprint_url;
    std::string chronicle_url;

    std::string redis_host;  ///< empty: streams are kept in the data directory
    std::uint16_t redis_port = 0;
    int redis_db = 0;
    std::string redis_password;
    std::string redis_stream_name;
    std::size_t stream_max_length = 0;
    int outbox_retention_hours = 0;

    std::chrono::milliseconds sqlite_busy{0};
    std::string postgres_dsn;
    std::string postgres_host;  ///< neither: stores are SQLite files in the data directory
    std::uint16_t postgres_port = 0;
    std::string postgres_db;
    std::string postgres_user;
    std::string postgres_password;
    std::string postgres_sslmode;
    std::string postgres_sslrootcert;
    std::string postgres_sslcert;
    std::string postgres_sslkey;
    std::chrono::milliseconds postgres_timeout{0};
    std::chrono::milliseconds postgres_statement_timeout{0};
    std::chrono::seconds postgres_connect_timeout{0};
    std::size_t postgres_pool_size = 0;

    bool on_postgresql() const { return !postgres_dsn.empty() || !postgres_host.empty(); }

    std::string k8s_namespace;
    std::string image;
    ListenAddress listen;
    int port_base = 0;
    std::vector<std::string> allowed_hosts;
    telemetry::Level log_level = telemetry::Level::kInfo;
    std::size_t max_requests = 0;
    CallSettings calls;  ///< where a callee has nothing of its own
    /// Each with every part: its own, else the general one.
    std::array<CallSettings, kCallees.size()> calls_by_callee;
    bool simulated_progress = false;
    std::chrono::seconds clock_offset{0};  ///< of `dsm serve`

    const CallSettings& calls_to(Callee callee) const {
        return calls_by_callee[static_cast<std::size_t>(callee)];
    }
};

/// Who reads a setting; a declaration may name several.
enum Audience : unsigned { kUp = 1, kServe = 2, kClient = 4 };

struct Declaration {
    std::string_view name;  ///< the environment variable
    std::string_view flag;  ///< "--redis-host"; empty: not on the command line (secrets)
    std::string_view default_text;
    std::string_view unit;  ///< "ms", "entries"; empty for text
    std::string_view doc;   ///< one sentence
    unsigned audience;
    /// Puts `text` into the settings, or says what it must be ("must be …").
    std::optional<std::string> (*read)(std::string_view text, Settings& into);
    /// Instead of `read`, for a part of `CallSettings`: of all callees, and of each with its
    /// prefix.
    std::optional<std::string> (*read_call)(std::string_view text, CallSettings& into) = nullptr;
};

/// All of them, in the order of the docs.
std::span<const Declaration> declarations();

/// The names of `declarations()`, and those that are made of a callee's prefix and a part's name.
std::vector<std::string> names();

/// Texts by setting name, as a command line gave them.
using FlagTexts = std::map<std::string, std::string, std::less<>>;
/// The environment variable of that name, if set. An empty value counts as not set.
using Lookup = std::function<std::optional<std::string>(std::string_view name)>;

Lookup process_environment();

/// Flag, else environment, else default, of every setting that one of `audience` reads. The error
/// lists every bad one: "REDIS_PORT=abc (environment): must be a whole number from 1 to 65535".
/// The text of a secret is not repeated.
std::expected<Settings, std::vector<std::string>> read(const FlagTexts& flags,
                                                       const Lookup& environment,
                                                       unsigned audience);

/// docs/configuration.md, whole.
std::string markdown();

}  // namespace dsm::settings
