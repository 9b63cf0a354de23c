// Starts each service after those it calls, and learns its port from its first log lines.
#include "tests/serve/separate_services.hpp"

#include <boost/json/parse.hpp>
#include <csignal>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "libs/rt/clock.hpp"

namespace dsm::testing {

namespace json = boost::json;

namespace {

constexpr const char* kInOrder[] = {"project", "backlog", "chronicle", "sprint", "orchestrator"};

std::uint16_t port_in(const std::string& log) {
    std::istringstream lines(log);
    for (std::string line; std::getline(lines, line);) {
        boost::system::error_code none;
        const auto entry = json::parse(line, none);
        if (none || !entry.is_object()) continue;
        const auto* port = entry.get_object().if_contains("port");
        if (port != nullptr) return port->to_number<std::uint16_t>();
    }
    return 0;
}

}  // namespace

SeparateServices::SeparateServices(Instant now, ProcessEnvironment everywhere)
    : clock_offset_s_(std::to_string(
          std::chrono::round<std::chrono::seconds>(rt::SystemClock::starting_at(now).offset())
              .count())),
      everywhere_(std::move(everywhere)) {
    if (!cluster_.start()) throw std::runtime_error(cluster_.log());
    for (const char* service : kInOrder) start(service);
}

ProcessEnvironment SeparateServices::addresses() const {
    ProcessEnvironment all;
    for (const auto& [service, port] : ports_) {
        const auto url = fmt::format("http://127.0.0.1:{}", port);
        if (service == "project") all["PROJECT_SERVICE_URL"] = url;
        if (service == "backlog") all["BACKLOG_SERVICE_URL"] = url;
        if (service == "sprint") all["SPRINT_SERVICE_URL"] = url;
        if (service == "chronicle") all["CHRONICLE_SERVICE_URL"] = url;
        if (service == "orchestrator") all["ORCHESTRATOR_URL"] = url;
    }
    return all;
}

void SeparateServices::start(const std::string& service, const ProcessEnvironment& variables) {
    auto environment = clean({{"CLOCK_OFFSET_S", clock_offset_s_}});
    for (const auto& [name, value] : everywhere_) environment[name] = value;
    for (auto& [name, value] : addresses()) environment[name] = value;
    environment["REDIS_HOST"] = "127.0.0.1";
    environment["REDIS_PORT"] = std::to_string(redis_.port());
    for (const auto& [name, value] : variables) environment[name] = value;
    const std::string program = service.substr(0, service.find('-'));
    const auto folder = folder_.file(service);
    std::filesystem::create_directories(folder);
    Arguments command = {dsm_binary(),
                         "serve",
                         program,
                         "--data",
                         folder,
                         "--listen",
                         fmt::format("127.0.0.1:{}", ports_[service])};
    if (program == "orchestrator") {
        command.insert(command.end(), {"--kubeconfig", kubeconfig()});
    }
    auto& process = processes_[service];
    process = std::make_unique<BackgroundProcess>(command, environment, folder);
    const bool ready = eventually(
        [&] {
            if (process->wait(std::chrono::milliseconds(0))) return true;
            ports_[service] = port_in(process->err());
            return ports_[service] != 0 && wire(service).get("/health/ready").status == 200;
        },
        std::chrono::seconds(120));
    if (!ready || process->wait(std::chrono::milliseconds(0))) {
        throw std::runtime_error(service + " is not ready: " + process->err());
    }
}

std::optional<int> SeparateServices::stop(const std::string& service) {
    processes_.at(service)->signal(SIGTERM);
    return processes_.at(service)->wait(std::chrono::seconds(60));
}

void SeparateServices::kill(const std::string& service) {
    processes_.at(service)->signal(SIGKILL);
    processes_.at(service)->wait(std::chrono::seconds(60));
}

Finished SeparateServices::run(Arguments arguments) const {
    arguments.insert(arguments.begin(), dsm_binary());
    arguments.insert(arguments.end(), {"--data", folder_.file("client")});
    auto environment = clean();
    for (auto& [name, value] : addresses()) environment[name] = value;
    return run_process(arguments, environment);
}

}  // namespace dsm::testing
