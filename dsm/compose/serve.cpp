// The composition root of one service.
#include "dsm/compose/serve.hpp"

#include <cstdio>
#include <filesystem>

#include "dsm/compose/make.hpp"
#include "dsm/compose/stop_signal.hpp"
#include "libs/telemetry/log.hpp"

namespace dsm::compose {

using client::ExitCode;
using settings::Settings;

namespace {

constexpr std::chrono::milliseconds kStopLimit{4'000};
constexpr std::chrono::milliseconds kEndLimit{4'700};

ExitCode failed(const Error& error) {
    std::fprintf(stderr, "dsm serve: %s\n", error.message.c_str());
    return client::exit_code_of(error);
}

const char* name_of(Role role) {
    switch (role) {
        case Role::kProject:
            return "project-service";
        case Role::kBacklog:
            return "backlog-service";
        case Role::kSprint:
            return "sprint-service";
        case Role::kChronicle:
            return "chronicle-service";
        case Role::kOrchestrator:
            return "project-orchestrator";
    }
    return "";
}

Result<service::ServiceFactory> factory_of(const ServeOptions& options) {
    const auto& settings = options.settings;
    const auto addresses = in_cluster_addresses(settings);
    switch (options.role) {
        case Role::kProject:
            return make_project(settings, settings.data);
        case Role::kBacklog:
            return make_backlog(settings, settings.data, addresses);
        case Role::kSprint:
            return make_sprint(settings, settings.data, addresses);
        case Role::kChronicle:
            return make_chronicle(settings, settings.data);
        case Role::kOrchestrator:
            break;
    }
    auto access = kube::load_access({.kubeconfig = options.kubeconfig, .context = options.context},
                                    kube::Surroundings::of_this_process());
    if (!access) return fail(ErrorCode::kInvalid, access.error().message);
    return make_orchestrator(settings, settings.data, addresses, *access);
}

/// Only what keeps files needs the directory.
Result<void> make_data_dir(const Settings& settings) {
    if (settings.on_postgresql() && !settings.redis_host.empty()) return {};
    std::error_code wrong;
    std::filesystem::create_directories(settings.data, wrong);
    if (!wrong) return {};
    return fail(ErrorCode::kInvalid, fmt::format("cannot make the data directory {}: {}",
                                                 settings.data, wrong.message()));
}

}  // namespace

ExitCode run_serve(const ServeOptions& options) {
    const auto& settings = options.settings;
    StopSignal stop(kEndLimit);
    telemetry::configure_log({.level = settings.log_level, .file = ""});
    if (auto made = make_data_dir(settings); !made) return failed(made.error());
    auto factory = factory_of(options);
    if (!factory) return failed(factory.error());
    const rt::SystemClock clock(settings.clock_offset);
    const auto random = rt::make_system_random();
    auto events = open_streams(stream_place(settings, settings.data), settings.redis_password,
                               policy_of(settings, settings::Callee::kRedis), clock);
    if (!events) return failed(events.error());

    const std::string name = name_of(options.role);
    service::ServiceHost host(
        server_settings(settings, name, settings.listen.address, settings.listen.port),
        std::move(*factory), clock, *random, **events);
    auto port = host.start();
    if (!port) return failed(port.error());
    telemetry::log(telemetry::Level::kInfo, name, "serving",
                   {{"address", settings.listen.address}, {"port", *port}});
    stop.wait();
    host.stop(kStopLimit);
    telemetry::log(telemetry::Level::kInfo, name, "stopped");
    return ExitCode::kDone;
}

}  // namespace dsm::compose
