// Every n: `dsm_nth_failure --all` fails each call of each function in turn until one is not
// reached any more. `--call malloc --step 97 --from 5` looks at the 5th, the 102nd, … malloc, so
// that other starts see others. `--call malloc --paths` fails one call on each path in the code,
// of which there are far fewer than calls, and `--in libcrypto` only what that library calls.
// `--seconds` ends it and says where to go on.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>

#include "libs/rt/clock.hpp"
#include "libs/testing/process.hpp"
#include "tests/chaos/nth_story.hpp"

namespace {

using dsm::chaos::NthCall;
using dsm::chaos::NthOutcome;
using dsm::chaos::NthStage;

/// Threads take turns differently in each run: the first call on a path comes earlier at times.
constexpr int kEarlier = 1'000;

struct Options {
    std::vector<std::string> functions;
    int step = 1;
    int from = 1;
    bool paths = false;
    int frames = 8;
    std::string library;
    int seconds = 0;  ///< 0: to the end
};

struct Tally {
    int failed_calls = 0;
    int went_on = 0;
    int troubles = 0;
    int never_reached = 0;
};

void add(Tally& tally, const std::string& what, const NthOutcome& outcome) {
    if (!outcome.trouble.empty()) {
        ++tally.troubles;
        std::printf("%s: exit %d: %s\n", what.c_str(), outcome.exit_code, outcome.trouble.c_str());
    }
    tally.never_reached += outcome.reached ? 0 : 1;
    tally.failed_calls += outcome.reached ? 1 : 0;
    tally.went_on += outcome.reached && outcome.exit_code == 0 ? 1 : 0;
}

/// What is to be done next, or nothing any more.
class Order {
public:
    /// `whole` is the run in which none failed.
    Order(const Options& options, NthCall none, const NthOutcome& whole)
        : options_(options),
          call_(std::move(none)),
          calls_(whole.calls),
          paths_(whole.paths),
          next_(options.from) {
        std::ranges::sort(paths_, {}, &NthCall::nth);
    }

    std::optional<NthCall> next(bool reached_last) {
        const int now = next_;
        if (!options_.paths) {
            // One run has some more calls than another.
            if (!reached_last && now > calls_) return std::nullopt;
            next_ += options_.step;
            call_.nth = now;
            return call_;
        }
        if (static_cast<std::size_t>(now) > paths_.size()) return std::nullopt;
        next_ += options_.step;
        NthCall call = paths_[static_cast<std::size_t>(now - 1)];
        call.nth = std::max(1, call.nth - kEarlier);
        return call;
    }
    int position() const { return next_; }

private:
    const Options& options_;
    NthCall call_;
    int calls_;
    std::vector<NthCall> paths_;
    int next_;
};

/// True when none was in trouble.
bool run_function(const NthStage& stage, const std::string& function, const Options& options) {
    const dsm::rt::SystemClock clock;
    const auto end = clock.steady() + std::chrono::seconds(options.seconds);
    const NthCall none{.function = function,
                       .frames = options.paths ? options.frames : 0,
                       .library = options.library};
    const auto whole = dsm::chaos::tell_with_nth(stage, none);
    std::printf("%s: about %d calls on %zu paths\n", function.c_str(), whole.calls,
                whole.paths.size());
    Order order(options, none, whole);
    Tally tally;
    bool reached = true;
    while (options.seconds == 0 || clock.steady() < end) {
        const auto call = order.next(reached);
        if (!call) break;
        const auto outcome = dsm::chaos::tell_with_nth(stage, *call);
        reached = outcome.reached;
        add(tally, function + " " + std::to_string(call->nth) + " " + call->path, outcome);
    }
    std::printf(
        "%s, every %d from %d to before %d: %d failed calls, %d went on, %d ended with a message, "
        "%d in trouble; %d were not reached\n",
        function.c_str(), options.step, options.from, order.position(), tally.failed_calls,
        tally.went_on, tally.failed_calls - tally.went_on - tally.troubles, tally.troubles,
        tally.never_reached);
    return tally.troubles == 0;
}

}  // namespace

int main(int argc, char** argv) {
    std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // what was seen stays when it is ended early
    bool all = false;
    bool on_postgresql = false;
    Options options;
    std::string binary = DSM_BINARY;
    std::string library = NTH_CALL_LIBRARY;
    CLI::App app{"Lets each call of a function fail in turn."};
    app.add_flag("--all", all, "Every function, every call; takes hours for malloc");
    app.add_option("--call", options.functions, "malloc, write, fdatasync, connect or accept");
    app.add_flag("--paths", options.paths, "One call on each path in the code");
    app.add_option("--frames", options.frames, "The last places in the code that are a path")
        ->check(CLI::PositiveNumber);
    app.add_option("--in", options.library, "Only calls to which code of this library led");
    app.add_option("--step", options.step, "Not every one but every so-manyth")
        ->check(CLI::PositiveNumber);
    app.add_option("--from", options.from, "The first one that fails")->check(CLI::PositiveNumber);
    app.add_option("--seconds", options.seconds, "End each function after so long");
    app.add_flag("--postgresql", on_postgresql, "The stores are on a PostgreSQL of its own");
    app.add_option("--binary", binary, "The dsm to break");
    app.add_option("--library", library, "nth_call, which makes the call fail");
    CLI11_PARSE(app, argc, argv);
    if (all) options.functions = {"connect", "accept", "fdatasync", "write", "malloc"};
    try {
        std::unique_ptr<dsm::chaos::PostgresqlBeside> server;
        if (on_postgresql) server = std::make_unique<dsm::chaos::PostgresqlBeside>("a-password");
        const dsm::testing::TemporaryFolder folder;
        NthStage stage{.binary = binary, .library = library, .postgresql = server.get()};
        dsm::chaos::load_for_nth(stage, folder.path() + "/load");
        bool good = true;
        for (const std::string& function : options.functions) {
            good = run_function(stage, function, options) && good;
        }
        return good ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
