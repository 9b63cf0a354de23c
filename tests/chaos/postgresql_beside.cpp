// The server of Debian's package, without the cluster that the package makes.
#include "tests/chaos/postgresql_beside.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "libs/testing/free_port.hpp"

namespace dsm::chaos {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::eventually;
using testing::read_file;
using testing::run_process;

constexpr const char* kUser = "dsm";
/// What others of its kind may still hold for a moment after a kill.
constexpr int kStarts = 20;

/// The newest version's.
std::string find_programs() {
    std::string newest;
    std::error_code none;
    for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", none)) {
        const std::string programs = version.path().string() + "/bin";
        if (fs::exists(programs + "/postgres")) newest = std::max(newest, programs);
    }
    if (newest.empty()) {
        throw std::runtime_error("PostgreSQL is not installed: run scripts/install-packages test");
    }
    return newest;
}

/// It refuses to run as root.
void give_to_postgres(const std::string& path) {
    if (::geteuid() != 0) return;
    const passwd* user = ::getpwnam("postgres");
    if (!user || ::chown(path.c_str(), user->pw_uid, user->pw_gid) != 0) {
        throw std::runtime_error("cannot give " + path + " to the user postgres");
    }
}

/// The parent of a process; 0 when it is gone.
int parent_of(int pid) {
    const std::string stat = read_file(fmt::format("/proc/{}/stat", pid));
    const auto name_end = stat.rfind(')');
    if (name_end == std::string::npos || name_end + 4 >= stat.size()) return 0;
    int parent = 0;
    std::from_chars(stat.data() + name_end + 4, stat.data() + stat.size(), parent);
    return parent;
}

}  // namespace

PostgresqlBeside::PostgresqlBeside(std::string password)
    : password_(std::move(password)), programs_(find_programs()) {
    initialize();
    for (int tries = 0; tries < kStarts; ++tries) {
        port_ = testing::free_port();
        if (try_start()) return;
    }
    throw std::runtime_error("PostgreSQL did not start: " + read_file(folder_.file("stderr.log")));
}

PostgresqlBeside::~PostgresqlBeside() {
    if (!process_ || process_->wait(0ms)) return;
    thaw();
    process_->signal(SIGQUIT);  // at once, but its shared memory goes with it
    if (!process_->wait(5s)) signal_all(SIGKILL);
}

testing::Arguments PostgresqlBeside::as_server(testing::Arguments command) const {
    command.front() = programs_ + "/" + command.front();
    if (::geteuid() != 0) return command;
    testing::Arguments whole{"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"};
    whole.insert(whole.end(), command.begin(), command.end());
    return whole;
}

void PostgresqlBeside::initialize() const {
    const std::string secret = folder_.file("password");
    std::ofstream(secret) << password_;
    give_to_postgres(folder_.path());
    give_to_postgres(secret);
    const auto made = run_process(
        as_server({"initdb", "--pgdata=" + folder_.file("data"), std::string("--username=") + kUser,
                   "--pwfile=" + secret, "--auth=scram-sha-256", "--no-sync", "--locale=C.UTF-8"}));
    fs::remove(secret);
    if (made.exit_code != 0) throw std::runtime_error("initdb: " + made.err);
}

bool PostgresqlBeside::try_start() {
    process_ = std::make_unique<testing::BackgroundProcess>(
        as_server({"postgres", "-D", folder_.file("data"), "-p", std::to_string(port_), "-h",
                   "127.0.0.1", "-k", folder_.path(), "-c", "fsync=off", "-c",
                   "full_page_writes=off", "-c", "max_connections=200", "-c", "log_statement=none",
                   "-c", "shared_buffers=32MB"}),
        testing::ProcessEnvironment{}, folder_.path());
    const testing::Arguments ask{programs_ + "/pg_isready", "-q", "-h", "127.0.0.1", "-p",
                                 std::to_string(port_)};
    bool answers = false;
    eventually(
        [&] {
            answers = run_process(ask).exit_code == 0;
            return answers || process_->wait(0ms);
        },
        120s);
    return answers;
}

void PostgresqlBeside::start() {
    bool answers = false;
    for (int tries = 0; tries < kStarts && !answers; ++tries) answers = try_start();
    if (answers) return;
    throw std::runtime_error("PostgreSQL did not start again: " +
                             read_file(folder_.file("stderr.log")));
}

void PostgresqlBeside::put(const std::string& name, const std::string& text) const {
    const std::string path = folder_.file("data/" + name);
    std::ofstream(path) << text;
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
    give_to_postgres(path);
}

void PostgresqlBeside::stop() {
    process_->signal(SIGINT);
    if (!process_->wait(60s)) throw std::runtime_error("PostgreSQL did not stop within 60 s");
}

void PostgresqlBeside::kill() {
    signal_all(SIGKILL);
    process_->wait(60s);
}

void PostgresqlBeside::freeze() const {
    signal_all(SIGSTOP);
}
void PostgresqlBeside::thaw() const {
    signal_all(SIGCONT);
}

std::vector<int> PostgresqlBeside::processes() const {
    std::vector<int> found{process_->pid()};
    for (const auto& entry : fs::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        int pid = 0;
        if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc{})
            continue;
        if (parent_of(pid) == process_->pid()) found.push_back(pid);
    }
    return found;
}

/// The one that makes the others is first, so that it makes no more.
void PostgresqlBeside::signal_all(int number) const {
    for (const int pid : processes()) ::kill(pid, number);
}

testing::ProcessEnvironment PostgresqlBeside::environment(const std::string& database) const {
    return {{"POSTGRES_HOST", "127.0.0.1"},
            {"POSTGRES_PORT", std::to_string(port_)},
            {"POSTGRES_DB", database},
            {"POSTGRES_USER", kUser},
            {"POSTGRES_PASSWORD", password_}};
}

void PostgresqlBeside::execute(const std::string& statement) const {
    const auto done =
        run_process({programs_ + "/psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1",
                     "-p", std::to_string(port_), "-U", kUser, "-d", "postgres", "-c", statement},
                    {{"PGPASSWORD", password_}});
    if (done.exit_code != 0) throw std::runtime_error(statement + ": " + done.err);
}

void PostgresqlBeside::create_database(const std::string& name, const std::string& model) const {
    execute(fmt::format("CREATE DATABASE {}{}", name, model.empty() ? "" : " TEMPLATE " + model));
}

void PostgresqlBeside::drop_database(const std::string& name) const {
    execute(fmt::format("DROP DATABASE IF EXISTS {} WITH (FORCE)", name));
}

}  // namespace dsm::chaos
