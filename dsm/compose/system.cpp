// Starts the parts side by side, the orchestrator last, since it needs the cluster's token; stops
// them from the outside in.
#include "dsm/compose/system.hpp"

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <functional>
#include <initializer_list>
#include <map>
#include <thread>

#include "cluster/service.hpp"
#include "dsm/compose/make.hpp"
#include "libs/service/host.hpp"

namespace dsm::compose {

namespace asio = boost::asio;

namespace {

constexpr const char* kLoopback = "127.0.0.1";

/// "registry/dsm:1.2" → "registry/dsm": any tag of our image is ours.
std::string without_tag(const std::string& image) {
    const auto colon = image.rfind(':');
    const auto slash = image.rfind('/');
    const bool is_port = slash != std::string::npos && colon != std::string::npos && colon < slash;
    return colon == std::string::npos || is_port ? image : image.substr(0, colon);
}

/// Runs all at the same time and waits for all; the first error in their order.
Result<void> at_once(const std::vector<std::function<Result<void>()>>& jobs) {
    std::vector<Result<void>> results(jobs.size());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        threads.emplace_back([&, i] { results[i] = jobs[i](); });
    }
    for (auto& thread : threads) thread.join();
    for (auto& result : results) {
        if (!result) return result;
    }
    return {};
}

}  // namespace

class System::Impl {
public:
    Impl(SystemOptions options, const Ports& ports, const rt::Clock& clock, rt::Random& random)
        : options_(std::move(options)), ports_(ports), clock_(clock), random_(random) {
        const auto own = [&](Part part) {
            return fmt::format("http://{}:{}", kLoopback, port_of(part));
        };
        const auto& told = options_.settings;
        const auto choose = [&](const std::string& url, Part part) {
            return url.empty() ? own(part) : url;
        };
        addresses_ = {.project = choose(told.project_url, Part::kProject),
                      .backlog = choose(told.backlog_url, Part::kBacklog),
                      .sprint = choose(told.sprint_url, Part::kSprint),
                      .chronicle = choose(told.chronicle_url, Part::kChronicle)};
        endpoints_ = {.orchestrator = own(Part::kOrchestrator),
                      .project = own(Part::kProject),
                      .backlog = own(Part::kBacklog),
                      .sprint = own(Part::kSprint),
                      .chronicle = own(Part::kChronicle),
                      .pid = ::getpid()};
        place_ = stream_place(told, options_.data);
    }

    Result<void> start() {
        auto events = open_streams(place_, options_.settings.redis_password,
                                   policy_of(options_.settings, settings::Callee::kRedis), clock_);
        if (!events) return std::unexpected(events.error());
        events_ = std::move(*events);
        const auto& settings = options_.settings;
        const auto& data = options_.data;
        std::vector<std::function<Result<void>()>> jobs;
        if (!options_.cluster) jobs.emplace_back([this] { return start_cluster(); });
        add(jobs, Part::kProject, "project-service", make_project(settings, data));
        add(jobs, Part::kBacklog, "backlog-service", make_backlog(settings, data, addresses_));
        add(jobs, Part::kSprint, "sprint-service", make_sprint(settings, data, addresses_));
        add(jobs, Part::kChronicle, "chronicle-service", make_chronicle(settings, data));
        if (auto started = at_once(jobs); !started) return started;

        jobs.clear();
        add(jobs, Part::kOrchestrator, "project-orchestrator",
            make_orchestrator(settings, data, addresses_, access()));
        return at_once(jobs);
    }

    /// Nearly all of the time is the orchestrator's: what the others accepted is short and their
    /// own.
    void stop(std::chrono::milliseconds limit) {
        const rt::SystemClock clock;
        const auto deadline = rt::Deadline::after(clock, limit);
        const auto left = [&] { return deadline.left(clock); };
        stop_hosts({Part::kOrchestrator}, left() * 7 / 8);
        if (cluster_) cluster_->stop(left() / 4);
        stop_hosts({Part::kSprint}, left() / 2);
        stop_hosts({Part::kBacklog}, left() / 2);
        stop_hosts({Part::kProject, Part::kChronicle}, left());
        hosts_.clear();
        cluster_.reset();
        events_.reset();
    }

    bool streams_answer() {
        asio::io_context context{1};
        const auto deadline = rt::Deadline::after(clock_, std::chrono::seconds(1));
        auto healthy = asio::co_spawn(context, events_->healthy(deadline), asio::use_future);
        context.run();
        return healthy.get();
    }

    client::Endpoints endpoints_;
    client::StreamPlace place_;

private:
    std::uint16_t port_of(Part part) const { return ports_[static_cast<std::size_t>(part)]; }

    /// Those of `parts` that were made, at the same time.
    void stop_hosts(std::initializer_list<Part> parts, std::chrono::milliseconds limit) {
        std::vector<std::function<Result<void>()>> jobs;
        for (const Part part : parts) {
            const auto found = hosts_.find(part);
            if (found == hosts_.end()) continue;
            jobs.emplace_back([host = found->second.get(), limit]() -> Result<void> {
                host->stop(limit);
                return {};
            });
        }
        at_once(jobs);  // stopping gives no errors
    }

    void add(std::vector<std::function<Result<void>()>>& jobs, Part part, const std::string& name,
             service::ServiceFactory factory) {
        auto& made = hosts_[part];
        made = std::make_unique<service::ServiceHost>(
            server_settings(options_.settings, name, kLoopback, port_of(part)), std::move(factory),
            clock_, random_, *events_);
        jobs.emplace_back([host = made.get()]() -> Result<void> {
            auto port = host->start();
            if (!port) return std::unexpected(port.error());
            return {};
        });
    }

    Result<void> start_cluster() {
        cluster::Config config;
        config.data_dir = options_.data + "/cluster";
        config.port = port_of(Part::kCluster);
        config.kubeconfig_path = options_.data + "/kubeconfig";
        config.default_namespace = options_.settings.k8s_namespace;
        config.own_image = without_tag(options_.settings.image);
        config.job_environment = {{"PROJECT_SERVICE_URL", addresses_.project},
                                  {"SPRINT_SERVICE_URL", addresses_.sprint},
                                  {"CHRONICLE_SERVICE_URL", addresses_.chronicle}};
        cluster_ = std::make_unique<cluster::Cluster>(std::move(config), clock_, random_);
        auto port = cluster_->start();
        if (!port) return std::unexpected(port.error());
        return {};
    }

    /// How the orchestrator reaches the cluster; says in the endpoints which one it is.
    kube::Access access() {
        if (options_.cluster) {
            endpoints_.kubernetes = options_.cluster->server;
            endpoints_.kubeconfig = options_.kubeconfig;
            return *options_.cluster;
        }
        endpoints_.kubernetes = cluster_->url();
        endpoints_.kubeconfig = cluster_->kubeconfig_path();
        kube::Access access;
        access.server = cluster_->url();
        access.tls.ca_pem = cluster_->ca_pem();
        access.token = cluster_->token();
        access.name_space = options_.settings.k8s_namespace;
        access.source = "the embedded cluster";
        return access;
    }

    SystemOptions options_;
    const Ports& ports_;
    const rt::Clock& clock_;
    rt::Random& random_;
    Addresses addresses_;
    std::unique_ptr<stream::EventStream> events_;
    std::unique_ptr<cluster::Cluster> cluster_;
    std::map<Part, std::unique_ptr<service::ServiceHost>> hosts_;
};

Result<std::unique_ptr<System>> System::start(SystemOptions options, Ports& ports,
                                              const rt::Clock& clock, rt::Random& random) {
    std::unique_ptr<System> system(
        new System(std::make_unique<Impl>(std::move(options), ports, clock, random)));
    auto started = system->impl_->start();
    if (!started) {
        system->stop(std::chrono::seconds(2));
        return std::unexpected(started.error());
    }
    ports.release();
    return system;
}

System::System(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

System::~System() {
    stop(std::chrono::seconds(4));
}

client::Endpoints System::endpoints() const {
    return impl_->endpoints_;
}

client::StreamPlace System::streams() const {
    return impl_->place_;
}

bool System::streams_answer() {
    return impl_->streams_answer();
}

void System::stop(std::chrono::milliseconds limit) {
    impl_->stop(limit);
}

}  // namespace dsm::compose
