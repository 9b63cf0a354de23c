// Spawns the binary and looks for its endpoints.
#include "tests/up/running_system.hpp"

#include <sys/stat.h>

#include <boost/json/parse.hpp>

namespace dsm::testing {

namespace json = boost::json;

namespace {

constexpr const char* kVariables[] = {"DSM_DATA",
                                      "DSM_PORT_BASE",
                                      "REDIS_HOST",
                                      "POSTGRES_HOST",
                                      "POSTGRES_DSN",
                                      "ORCHESTRATOR_URL",
                                      "PROJECT_SERVICE_URL",
                                      "K8S_NAMESPACE",
                                      "BACKLOG_SERVICE_URL",
                                      "LOG_LEVEL",
                                      "SPRINT_SERVICE_URL",
                                      "ALLOWED_HOSTS",
                                      "CHRONICLE_SERVICE_URL"};

}  // namespace

std::string dsm_binary() {
    return DSM_BINARY;
}

ProcessEnvironment clean(ProcessEnvironment environment) {
    for (const char* name : kVariables) environment.try_emplace(name, "");
    return environment;
}

bool RunningSystem::start(Arguments arguments, ProcessEnvironment environment) {
    Arguments command = {dsm_binary(), "up", "--data", data_, "--port-base", "0"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    process_ =
        std::make_unique<BackgroundProcess>(command, clean(std::move(environment)), folder_.path());
    bool ended = false;
    const bool ready = eventually(
        [&] {
            ended = process_->wait(std::chrono::milliseconds(0)).has_value();
            const auto text = read_file(endpoints_path());
            return ended ||
                   text.find(fmt::format("\"pid\":{}}}", process_->pid())) != std::string::npos;
        },
        std::chrono::seconds(120));
    return ready && !ended;
}

std::optional<int> RunningSystem::end(int signal) {
    process_->signal(signal);
    return process_->wait(std::chrono::seconds(60));
}

Finished RunningSystem::run(Arguments arguments, ProcessEnvironment environment) const {
    arguments.insert(arguments.begin(), dsm_binary());
    arguments.insert(arguments.end(), {"--data", data_});
    return run_process(arguments, clean(std::move(environment)));
}

WireClient RunningSystem::wire(const std::string& part) const {
    const auto endpoints = json::parse(read_file(endpoints_path()));
    const std::string url(endpoints.at(part).as_string());
    return WireClient(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
}

std::string RunningSystem::log() const {
    return process_->out() + process_->err() + read_file(data_ + "/dsm.log");
}

std::string fixture_path(const std::string& name) {
    return std::string(DSM_SOURCE_DIR) + "/tests/fixtures/" + name;
}

json::value fixture(const std::string& name) {
    return json::parse(read_file(fixture_path(name)));
}

}  // namespace dsm::testing
