// The steps of `dsm up`.
#include "dsm/compose/up.hpp"

#include <unistd.h>

#include <cstdio>

#include "dsm/client/api.hpp"
#include "dsm/client/files.hpp"
#include "dsm/client/importer.hpp"
#include "dsm/compose/banner.hpp"
#include "dsm/compose/data_dir.hpp"
#include "dsm/compose/foreign_cluster.hpp"
#include "dsm/compose/intake.hpp"
#include "dsm/compose/make.hpp"
#include "dsm/compose/naming.hpp"
#include "dsm/compose/ports.hpp"
#include "dsm/compose/stop_signal.hpp"
#include "dsm/compose/system.hpp"
#include "dsm/doctor/finding.hpp"
#include "dsm/sample/sample.hpp"
#include "libs/telemetry/log.hpp"

namespace dsm::compose {

using client::ExitCode;

namespace {

constexpr std::chrono::milliseconds kStopLimit{4'200};
constexpr std::chrono::milliseconds kEndLimit{4'700};

ExitCode failed(const Error& error) {
    std::fprintf(stderr, "dsm up: %s\n", error.message.c_str());
    return client::exit_code_of(error);
}

/// Two starts at the same moment can both take a port; the server that then comes second knows no
/// flags.
Error with_advice(Error error) {
    if (error.message.ends_with(" is in use")) {
        error.message += fmt::format(". {}", kPortAdvice);
    }
    return error;
}

/// Everything that has to be known before the first part starts.
struct Prepared {
    State state;
    std::vector<Intake> intakes;
    rt::SystemClock clock;
    std::optional<kube::Access> cluster;
};

Result<std::optional<kube::Access>> foreign_cluster(const UpOptions& options) {
    if (options.kubeconfig.empty()) return std::optional<kube::Access>{};
    auto access = find_foreign_cluster(options.kubeconfig, options.context,
                                       options.settings.k8s_namespace, rt::SystemClock());
    if (!access) return std::unexpected(access.error());
    return std::optional<kube::Access>(std::move(*access));
}

Result<Prepared> prepare(const UpOptions& options, const DataDir& data,
                         std::vector<Intake> intakes) {
    auto cluster = foreign_cluster(options);
    if (!cluster) return std::unexpected(cluster.error());
    auto state = data.load();
    if (!state) return std::unexpected(state.error());
    intakes = not_taken_in(std::move(intakes), *state);
    const auto machine = rt::SystemClock().wall();
    const auto offset = clock_offset(options.now, intakes, *state, machine);
    if (state->clock_offset.value_or(std::chrono::microseconds(0)) != offset) {
        state->clock_offset = offset;
        if (auto saved = data.save(*state); !saved) return std::unexpected(saved.error());
    }
    const rt::SystemClock clock(offset);
    if (options.sample == Sample::kLoad && !state->taken_in.contains(sample::kDigest)) {
        auto workspace = workspace::parse(sample::text(clock.today()), cronjob_name);
        if (!workspace) return fail(ErrorCode::kInvalid, "sample: " + workspace.error().front());
        intakes.push_back({"the sample workspace", sample::kDigest, std::move(*workspace)});
    }
    return Prepared{std::move(*state), std::move(intakes), clock, std::move(*cluster)};
}

/// What a killed `dsm up` left behind would send clients to nobody.
Result<void> forget_endpoints(const DataDir& data) {
    return client::remove_file(client::endpoints_path(data.path()));
}

Result<void> take_in(Prepared& prepared, const DataDir& data, const client::Endpoints& endpoints) {
    client::Api api(prepared.clock);
    for (auto& intake : prepared.intakes) {
        auto done = client::import_workspace(api, endpoints, intake.workspace);
        if (!done) {
            return fail(done.error().code,
                        fmt::format("importing {}: {}", intake.name, done.error().message));
        }
        intake.count = *done;
        prepared.state.taken_in.insert(intake.digest);
        if (auto saved = data.save(prepared.state); !saved) return saved;
    }
    return {};
}

Result<void> announce(const DataDir& data, const System& system) {
    auto written =
        client::write_whole(client::streams_path(data.path()), client::to_text(system.streams()));
    if (!written) return written;
    return client::write_whole(client::endpoints_path(data.path()),
                               client::to_text(system.endpoints()));
}

ExitCode run_system(const UpOptions& options, const DataDir& data, Ports& ports, Prepared& prepared,
                    StopSignal& stop) {
    const auto began = prepared.clock.steady();
    const auto random = rt::make_system_random();
    auto system = System::start({.settings = options.settings,
                                 .data = data.path(),
                                 .cluster = prepared.cluster,
                                 .kubeconfig = options.kubeconfig},
                                ports, prepared.clock, *random);
    if (!system) return failed(with_advice(system.error()));
    const auto endpoints = (*system)->endpoints();
    auto ready = take_in(prepared, data, endpoints);
    if (ready) ready = announce(data, **system);
    if (!ready) {
        (*system)->stop(kStopLimit);
        return failed(ready.error());
    }
    client::Api api(prepared.clock);
    auto example = find_example(api, endpoints);
    const bool streams_answer = (*system)->streams_answer();
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(prepared.clock.steady() - began);
    print_banner({.program = options.program,
                  .data = data.path(),
                  .endpoints = endpoints,
                  .streams = (*system)->streams(),
                  .streams_answer = streams_answer,
                  .example = std::move(example),
                  .name_space = options.settings.k8s_namespace,
                  .intakes = prepared.intakes,
                  .started_in = took,
                  .clock_offset = prepared.clock.offset(),
                  .now = prepared.clock.wall()});
    stop.wait();
    auto forgotten = forget_endpoints(data);
    (*system)->stop(kStopLimit);
    std::printf("dsm up: stopped\n");
    std::fflush(stdout);
    return forgotten ? ExitCode::kDone : failed(forgotten.error());
}

}  // namespace

/// A store that is gone is made anew, and what it held is missed by the others: better said.
void warn_of_new_stores(const std::string& data) {
    for (const auto& path : doctor::stores_without_past(data)) {
        telemetry::log(telemetry::Level::kWarning, "dsm", "store_is_new",
                       {{"path", path},
                        {"why",
                         "it is empty, and other stores beside it are not; if it held "
                         "something, stop DSM and restore it from a backup"}});
    }
}

ExitCode run_up(const UpOptions& options) {
    StopSignal stop(kEndLimit);
    auto intakes = read_intakes(options.imports);
    if (!intakes) return failed(intakes.error());
    auto data = DataDir::open(options.settings.data);
    if (!data) return failed(data.error());
    auto ports =
        Ports::take("127.0.0.1", options.settings.port_base,
                    {"orchestrator", "project", "backlog", "sprint", "chronicle", "cluster"});
    if (!ports) return failed(ports.error());
    if (auto forgotten = forget_endpoints(*data); !forgotten) return failed(forgotten.error());
    telemetry::configure_log({.level = options.settings.log_level, .file = data->file("dsm.log")});
    warn_of_new_stores(data->path());
    auto prepared = prepare(options, *data, std::move(*intakes));
    if (!prepared) return failed(prepared.error());
    return run_system(options, *data, *ports, *prepared, stop);
}

}  // namespace dsm::compose
