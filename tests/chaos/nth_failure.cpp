// Every n: `dsm_nth_failure --all` fails each call of each function in turn until one is not
// reached any more. `--call malloc --step 97` looks at every 97th malloc.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "libs/testing/process.hpp"
#include "tests/chaos/nth_story.hpp"

namespace {

using dsm::chaos::NthStage;

/// True when none was in trouble.
bool run_function(const NthStage& stage, const std::string& function, int step) {
    int runs = 0;
    int went_on = 0;
    int troubles = 0;
    for (int nth = 1;; nth += step) {
        const auto outcome = dsm::chaos::tell_with_nth(stage, function, nth);
        if (!outcome.trouble.empty()) {
            ++troubles;
            std::printf("%s %d: exit %d: %s\n", function.c_str(), nth, outcome.exit_code,
                        outcome.trouble.c_str());
        }
        if (!outcome.reached) break;
        ++runs;
        went_on += outcome.exit_code == 0 ? 1 : 0;
    }
    std::printf(
        "%s, every %d: %d failed calls, %d went on, %d ended with a message, %d in "
        "trouble\n",
        function.c_str(), step, runs, went_on, runs - went_on, troubles);
    std::fflush(stdout);
    return troubles == 0;
}

}  // namespace

int main(int argc, char** argv) {
    bool all = false;
    std::vector<std::string> functions;
    int step = 1;
    CLI::App app{"Lets each call of a function fail in turn."};
    app.add_flag("--all", all, "Every function, every call; takes days for malloc");
    app.add_option("--call", functions, "malloc, write, fdatasync, connect or accept");
    app.add_option("--step", step, "Not every call but every so-manyth")
        ->check(CLI::PositiveNumber);
    CLI11_PARSE(app, argc, argv);
    if (all) functions = {"connect", "accept", "fdatasync", "write", "malloc"};
    const dsm::testing::TemporaryFolder folder;
    NthStage stage{.binary = DSM_BINARY, .library = NTH_CALL_LIBRARY};
    dsm::chaos::load_for_nth(stage, folder.path() + "/load");
    bool good = true;
    for (const std::string& function : functions) {
        good = run_function(stage, function, step) && good;
    }
    return good ? 0 : 1;
}
