// The cluster's thread: opens the parts in order, runs them, ends them in reverse.
#include "cluster/service.hpp"

#include <sys/stat.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <future>
#include <thread>

#include "cluster/controllers/control_loop.hpp"
#include "cluster/identity/identity.hpp"
#include "cluster/registry/registry.hpp"
#include "cluster/rest/api.hpp"
#include "cluster/store/store.hpp"
#include "libs/http/server.hpp"
#include "libs/rt/task_scope.hpp"
#include "libs/telemetry/log.hpp"
#include "libs/telemetry/metrics.hpp"

namespace dsm::cluster {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds kUsualStop{5};
constexpr std::size_t kServerBodyLimit = 4 * 1024 * 1024;  // over the API's own limit of 3 MiB
constexpr std::size_t kServerHeaderLimit = 64 * 1024;      // long selectors and continue texts

http::ServerSettings server_settings(const Config& config, const Certificates& certificates) {
    http::ServerSettings settings;
    settings.service = "cluster";
    settings.address = config.address;
    settings.port = config.port;
    settings.header_limit = kServerHeaderLimit;
    settings.body_limit = kServerBodyLimit;
    settings.check_origin = false;
    settings.tls = http::TlsIdentity{certificates.server_pem, certificates.server_key_pem};
    return settings;
}

Result<void> make_namespaces(Registry& registry, const std::string& own) {
    const ResourceType& type = *find_resource("", "v1", "namespaces");
    for (const std::string& name : {std::string("default"), std::string("kube-node-lease"),
                                    std::string("kube-public"), std::string("kube-system"), own}) {
        const Place place{type, "", name, ""};
        if (name.empty() || registry.read(place)) continue;
        json::value object{
            {"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", name}}}};
        const WriteOptions options{.writer = {"dsm-cluster", "", registry.now()}};
        const auto made = registry.create(place, std::move(object), options);
        if (!made) {
            return fail(ErrorCode::kUnavailable,
                        "cannot make the namespace " + name + ": " + made.error().message);
        }
    }
    return {};
}

}  // namespace

class Cluster::Impl {
public:
    Impl(Config config, const rt::Clock& clock, rt::Random& random)
        : config_(std::move(config)), clock_(clock), random_(random) {}

    Result<std::uint16_t> start();
    void stop(std::chrono::milliseconds limit);
    void post(std::function<void()> work);

    Config config_;
    const rt::Clock& clock_;
    rt::Random& random_;
    Faults faults_;
    Identity identity_;
    std::string url_;
    std::string kubeconfig_path_;
    std::unique_ptr<Store> store_;
    void set_job_environment(std::map<std::string, std::string> environment);

private:
    Result<void> open();
    Result<void> open_control();
    Result<void> write_kubeconfig();
    asio::awaitable<void> wind_down(std::chrono::milliseconds limit);

    telemetry::Metrics metrics_;
    asio::io_context context_{1};
    std::unique_ptr<Registry> registry_;
    std::unique_ptr<RestApi> api_;
    std::unique_ptr<http::Server> server_;
    std::unique_ptr<ControlLoop> control_;
    std::unique_ptr<rt::TaskScope> tasks_;
    std::thread thread_;
};

Result<void> Cluster::Impl::open() {
    std::string path;
    if (!config_.data_dir.empty()) {
        std::error_code bad;
        const bool made = std::filesystem::create_directories(config_.data_dir, bad);
        if (bad) {
            return fail(ErrorCode::kUnavailable,
                        "cannot make " + config_.data_dir + ": " + bad.message());
        }
        if (made) ::chmod(config_.data_dir.c_str(), 0700);
        path = config_.data_dir + "/objects.db";
    }
    auto identity =
        open_identity(config_.data_dir, config_.address, config_.users_without_rights, random_);
    if (!identity) return std::unexpected(identity.error());
    identity_ = std::move(*identity);
    auto store = Store::open(path, config_.history_limit);
    if (!store) return std::unexpected(store.error());
    store_ = std::move(*store);
    registry_ = std::make_unique<Registry>(*store_, clock_, random_);
    if (auto made = make_namespaces(*registry_, config_.default_namespace); !made) return made;
    api_ = std::make_unique<RestApi>(*registry_, identity_, faults_, clock_, random_);
    return config_.run_controllers ? open_control() : Result<void>{};
}

Result<void> Cluster::Impl::open_control() {
    JobSettings settings;
    settings.local.name = config_.own_image;
    settings.local.executable = config_.executable;
    settings.local.environment = config_.job_environment;
    std::error_code bad;
    if (config_.executable.empty()) {
        settings.local.executable = std::filesystem::read_symlink("/proc/self/exe", bad).string();
    }
    if (!config_.data_dir.empty()) {
        settings.local.output_folder = config_.data_dir + "/pods";
        std::filesystem::create_directories(settings.local.output_folder, bad);
    }
    if (bad) return fail(ErrorCode::kUnavailable, "cannot prepare to run Jobs: " + bad.message());
    control_ = std::make_unique<ControlLoop>(*registry_, clock_, random_, std::move(settings));
    return {};
}

void Cluster::Impl::set_job_environment(std::map<std::string, std::string> environment) {
    if (!thread_.joinable()) {
        config_.job_environment = std::move(environment);
        return;
    }
    post([this, environment = std::move(environment)]() mutable {
        if (control_) control_->jobs().set_environment(std::move(environment));
    });
}

Result<void> Cluster::Impl::write_kubeconfig() {
    kubeconfig_path_ = config_.kubeconfig_path;
    if (kubeconfig_path_.empty() && !config_.data_dir.empty()) {
        kubeconfig_path_ = config_.data_dir + "/kubeconfig";
    }
    if (kubeconfig_path_.empty()) return {};
    return write_private_file(kubeconfig_path_,
                              kubeconfig_text(url_, identity_.certificates.ca_pem,
                                              identity_.admin_token, config_.default_namespace));
}

Result<std::uint16_t> Cluster::Impl::start() {
    if (auto opened = open(); !opened) return std::unexpected(opened.error());
    server_ = std::make_unique<http::Server>(
        context_.get_executor(), server_settings(config_, identity_.certificates),
        [this](http::Request request) { return api_->handle(std::move(request)); }, clock_, random_,
        metrics_);
    const auto port = server_->start();
    if (!port) return std::unexpected(port.error());
    const bool v6 = config_.address.find(':') != std::string::npos;
    url_ = "https://" + (v6 ? "[" + config_.address + "]" : config_.address) + ":" +
           std::to_string(*port);
    if (auto written = write_kubeconfig(); !written) return std::unexpected(written.error());
    if (control_) {
        tasks_ = std::make_unique<rt::TaskScope>(context_.get_executor());
        tasks_->spawn("cluster controllers", [this] { return control_->run(); });
    }
    thread_ = std::thread([this] {
        const auto guard = asio::make_work_guard(context_);
        context_.run();
    });
    telemetry::log(telemetry::Level::kInfo, "cluster", "cluster_started", {{"url", url_}});
    return *port;
}

asio::awaitable<void> Cluster::Impl::wind_down(std::chrono::milliseconds limit) {
    api_->end_watches();
    if (control_) {
        control_->stop();
        tasks_->cancel();
        const bool ended = co_await tasks_->join(limit);
        if (!ended) telemetry::log(telemetry::Level::kWarning, "cluster", "controllers_left");
    }
    co_await server_->stop(limit);
}

void Cluster::Impl::stop(std::chrono::milliseconds limit) {
    if (!thread_.joinable()) return;
    auto done = asio::co_spawn(context_, wind_down(limit), asio::use_future);
    constexpr std::chrono::milliseconds kGrace{500};
    done.wait_for(limit + kGrace);
    context_.stop();
    thread_.join();
    server_.reset();
}

void Cluster::Impl::post(std::function<void()> work) {
    if (thread_.joinable()) asio::post(context_, std::move(work));
}

Cluster::Cluster(Config config, const rt::Clock& clock, rt::Random& random)
    : impl_(std::make_unique<Impl>(std::move(config), clock, random)) {}

Cluster::~Cluster() {
    impl_->stop(kUsualStop);
}

Result<std::uint16_t> Cluster::start() {
    return impl_->start();
}
void Cluster::stop(std::chrono::milliseconds limit) {
    impl_->stop(limit);
}
std::string Cluster::url() const {
    return impl_->url_;
}
const std::string& Cluster::token() const {
    return impl_->identity_.admin_token;
}
const std::string& Cluster::ca_pem() const {
    return impl_->identity_.certificates.ca_pem;
}
std::string Cluster::kubeconfig_path() const {
    return impl_->kubeconfig_path_;
}
Faults& Cluster::faults() {
    return impl_->faults_;
}

std::string Cluster::token_of(const std::string& user) const {
    for (const auto& [token, known] : impl_->identity_.users) {
        if (known.name == user) return token;
    }
    return {};
}

void Cluster::set_job_environment(std::map<std::string, std::string> environment) {
    impl_->set_job_environment(std::move(environment));
}

void Cluster::clock_moved() {
    impl_->post([this] { impl_->store_->changed().notify_all(); });
}

void Cluster::compact() {
    impl_->post([this] { impl_->store_->compact(); });
}

}  // namespace dsm::cluster
