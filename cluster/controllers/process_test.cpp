// Programs that are run as containers would be.
#include "cluster/controllers/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "libs/testing/process.hpp"

namespace dsm::cluster {
namespace {

using testing::eventually;

/// The exit status of a shell script, or nullopt after the usual limit.
std::optional<int> run(Command command, const std::string& script) {
    command.executable = "/bin/sh";
    command.arguments = {"-c", script};
    const auto process = Process::start(command).value();
    std::optional<int> status;
    eventually([&] { return (status = process->poll()).has_value(); });
    return status;
}

/// A zombie that nobody collects runs no more.
bool is_running(pid_t id) {
    const auto stat = testing::read_file("/proc/" + std::to_string(id) + "/stat");
    return !stat.empty() && !stat.contains(") Z ");
}

TEST(Process, RunsWithItsOwnEnvironmentFolderAndOutputAndNoFileOfOurs) {
    const testing::TemporaryFolder folder;
    const std::string output = folder.file("out");
    const int ours = ::open(folder.file("ours").c_str(), O_WRONLY | O_CREAT, 0600);
    ASSERT_GE(ours, 3);

    const auto status =
        run({.environment = {{"NAME", "value"}}, .folder = folder.path(), .output_path = output},
            "echo $NAME; pwd; echo wrong >&2; for file in 3 4 5 6 7 8 9 " + std::to_string(ours) +
                "; do if test -e /proc/$$/fd/$file; then echo \"$file is open\"; fi; done; "
                "test -z \"$HOME\"");

    ::close(ours);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(testing::read_file(output), "value\n" + folder.path() + "\nwrong\n");
}

TEST(Process, SaysWhyAProgramCannotBeRun) {
    const auto started = Process::start({.executable = "/no/such/program"});

    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().message, "cannot run /no/such/program: No such file or directory");
}

TEST(Process, TellsAnExitFromASignal) {
    EXPECT_EQ(run({}, "exit 7"), 7);
    EXPECT_EQ(run({}, "kill -TERM $$"), 128 + SIGTERM);
}

TEST(Process, EndsWithTheProgramThatStartedItAlsoByAKill) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t starter = ::fork();
    if (starter == 0) {
        const auto process =
            Process::start({.executable = "/bin/sleep", .arguments = {"600"}}).value();
        const pid_t id = process->id();
        [[maybe_unused]] const auto told = ::write(ends[1], &id, sizeof id);
        ::pause();
    }
    pid_t child = 0;
    ASSERT_EQ(::read(ends[0], &child, sizeof child), static_cast<ssize_t>(sizeof child));
    ASSERT_TRUE(is_running(child));

    ::kill(starter, SIGKILL);
    ::waitpid(starter, nullptr, 0);

    EXPECT_TRUE(eventually([&] { return !is_running(child); }));
    ::close(ends[0]);
    ::close(ends[1]);
}

}  // namespace
}  // namespace dsm::cluster
