// Every n: `dsm_nth_failure --all` fails each call of each function in turn until one is not
// reached any more. `--call malloc --step 97 --from 5` looks at the 5th, the 102nd, … malloc, so
// that other starts see others; `--seconds` ends it and says where to go on.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "libs/rt/clock.hpp"
#include "libs/testing/process.hpp"
#include "tests/chaos/nth_story.hpp"

namespace {

using dsm::chaos::NthStage;

struct Options {
    std::vector<std::string> functions;
    int step = 1;
    int from = 1;
    int seconds = 0;  ///< 0: to the end
};

/// True when none was in trouble.
bool run_function(const NthStage& stage, const std::string& function, const Options& options) {
    const dsm::rt::SystemClock clock;
    const auto end = clock.steady() + std::chrono::seconds(options.seconds);
    const int calls = dsm::chaos::tell_with_nth(stage, function, 0).calls;
    std::printf("%s: about %d calls\n", function.c_str(), calls);
    int runs = 0;
    int went_on = 0;
    int troubles = 0;
    int nth = options.from;
    for (; options.seconds == 0 || clock.steady() < end; nth += options.step) {
        const auto outcome = dsm::chaos::tell_with_nth(stage, function, nth);
        if (!outcome.trouble.empty()) {
            ++troubles;
            std::printf("%s %d: exit %d: %s\n", function.c_str(), nth, outcome.exit_code,
                        outcome.trouble.c_str());
            std::fflush(stdout);
        }
        if (!outcome.reached) break;
        ++runs;
        went_on += outcome.exit_code == 0 ? 1 : 0;
    }
    std::printf(
        "%s, every %d from %d to before %d: %d failed calls, %d went on, %d ended with a message, "
        "%d in trouble\n",
        function.c_str(), options.step, options.from, nth, runs, went_on, runs - went_on, troubles);
    std::fflush(stdout);
    return troubles == 0;
}

}  // namespace

int main(int argc, char** argv) {
    bool all = false;
    Options options;
    std::string binary = DSM_BINARY;
    std::string library = NTH_CALL_LIBRARY;
    CLI::App app{"Lets each call of a function fail in turn."};
    app.add_flag("--all", all, "Every function, every call; takes a day for malloc");
    app.add_option("--call", options.functions, "malloc, write, fdatasync, connect or accept");
    app.add_option("--step", options.step, "Not every call but every so-manyth")
        ->check(CLI::PositiveNumber);
    app.add_option("--from", options.from, "The first call that fails")->check(CLI::PositiveNumber);
    app.add_option("--seconds", options.seconds, "End each function after so long");
    app.add_option("--binary", binary, "The dsm to break");
    app.add_option("--library", library, "nth_call, which makes the call fail");
    CLI11_PARSE(app, argc, argv);
    if (all) options.functions = {"connect", "accept", "fdatasync", "write", "malloc"};
    const dsm::testing::TemporaryFolder folder;
    NthStage stage{.binary = binary, .library = library};
    dsm::chaos::load_for_nth(stage, folder.path() + "/load");
    bool good = true;
    for (const std::string& function : options.functions) {
        good = run_function(stage, function, options) && good;
    }
    return good ? 0 : 1;
}
