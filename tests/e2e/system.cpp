#include "tests/e2e/system.hpp"

#include <boost/json/parse.hpp>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace dsm::e2e {

namespace json = boost::json;
using testing::Arguments;
using testing::Finished;

std::string fixture_path(const std::string& name) {
    return std::string(DSM_SOURCE_DIR) + "/tests/fixtures/" + name;
}

json::value fixture(const std::string& name) {
    return json::parse(testing::read_file(fixture_path(name)));
}

std::string outside_kubeconfig() {
    const char* path = std::getenv("DSM_TEST_KUBECONFIG");
    return path == nullptr ? "" : path;
}

System::System(Options options) : options_(std::move(options)) {
    std::filesystem::create_directories(data());
    start();
}

void System::start() {
    Arguments argv{DSM_BINARY, "up", "--data", data(), "--port-base", "0"};
    if (options_.cluster == Cluster::kOutside && !outside_kubeconfig().empty()) {
        argv.push_back("--kubeconfig");
        argv.push_back(outside_kubeconfig());
    }
    argv.insert(argv.end(), options_.arguments.begin(), options_.arguments.end());
    process_ =
        std::make_unique<testing::BackgroundProcess>(argv, options_.environment, folder_.path());

    const bool answered = testing::eventually(
        [&] { return process_->wait(std::chrono::milliseconds(0)).has_value() || is_ready(); });
    if (!answered || process_->wait(std::chrono::milliseconds(0))) {
        throw std::runtime_error("dsm up did not become ready:\n" + process_->out() +
                                 process_->err());
    }
}

/// A kill leaves the file of the process before, so the pid is compared.
bool System::is_ready() {
    boost::system::error_code none_yet;
    const json::value read = json::parse(testing::read_file(data() + "/endpoints.json"), none_yet);
    if (none_yet || read.at("pid").as_int64() != process_->pid()) return false;
    endpoints_ = read;
    return true;
}

void System::start_again() {
    start();
}

std::string System::url(const std::string& part) const {
    return std::string(endpoints_.at(part).as_string());
}

Finished System::kubectl(const Arguments& arguments) const {
    Arguments argv{"kubectl"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return testing::run_process(argv,
                                {{"KUBECONFIG", url("kubeconfig")}, {"HOME", folder_.path()}});
}

Finished System::curl(const Arguments& arguments) const {
    Arguments argv{"curl", "-sS"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return testing::run_process(argv);
}

Finished System::dsm(const Arguments& arguments) const {
    Arguments argv{DSM_BINARY};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    argv.push_back("--data");
    argv.push_back(data());
    return testing::run_process(argv);
}

json::value System::orchestrate(const std::string& project) const {
    const Finished answer = curl({"-X", "POST", "-H", "Content-Type: application/json", "-d", "{}",
                                  url("orchestrator") + "/orchestrate/project/" + project});
    if (answer.exit_code != 0) throw std::runtime_error("curl: " + answer.err);
    return json::parse(answer.out);
}

std::string System::logs() const {
    std::string all = process_->err();
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data())) {
        if (entry.path().extension() == ".log") all += testing::read_file(entry.path().string());
    }
    return all;
}

}  // namespace dsm::e2e
