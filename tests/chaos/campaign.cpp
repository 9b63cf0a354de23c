// A campaign: the story again and again, killed and broken at random, until so many kills are
// counted. `dsm_chaos --kills 2000 --seed 7`; a breach prints what repeats it. Or a load, under
// which a part comes and goes: `dsm_chaos --load 120 --store postgresql --trouble
// postgresql-restarted`.
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <sstream>

#include "libs/rt/clock.hpp"
#include "libs/rt/random.hpp"
#include "tests/chaos/load.hpp"
#include "tests/chaos/theatre.hpp"
#include "tests/chaos/trouble.hpp"

namespace dsm::chaos {
namespace {

struct Options {
    std::string binary = DSM_BINARY;
    StoreKind store = StoreKind::kSqlite;
    int runs = 0;  ///< 0: until the kills are counted
    int kills = 100;
    int seconds = 0;  ///< 0: no end but those
    int ready_ms = 2'000;
    bool no_store_trouble = false;
    std::uint64_t seed = 1;
    int from = 0;
    std::vector<std::string> arms;  ///< not drawn then: one a start
    int load_s = 0;                 ///< 0: no load, but the story
    int clients = 4;
    int pace_ms = 100;
    int every_s = 5;
    std::string trouble;  ///< of a load; empty: none
};

/// A store that is not there yet delays a start; without such a trouble the promise holds as it is.
constexpr Limits kStoreComesAndGoes{.ready = std::chrono::seconds(15)};

struct Tally {
    int runs = 0;
    int kills = 0;
    int starts = 0;
    int decisions = 0;
    int posts = 0;
    int failed = 0;
    std::chrono::milliseconds slowest_start{0};
    std::chrono::milliseconds most_computed{0};  ///< by a start
    std::chrono::milliseconds slowest_drain{0};
};

std::vector<Cell> known_cells(const std::string& binary) {
    const auto listed = testing::run_process({binary, "failpoints"});
    std::vector<std::string> points;
    std::istringstream lines(listed.out);
    std::string line;
    while (std::getline(lines, line)) points.push_back(line);
    return cells_of(points);
}

/// One to four starts, each armed as some cell arms it, at a hit of its own.
Cell draw(const std::vector<Cell>& known, rt::Random& random) {
    Cell cell{.point = "drawn"};
    const auto starts = 1 + random.below(4);
    for (std::uint64_t i = 0; i < starts; ++i) {
        const Cell& model = known[random.below(known.size())];
        std::string arm = model.arms[random.below(model.arms.size())];
        // As often as not where the cell strikes: a story has one sprint to create.
        const bool elsewhere = random.below(2) == 0;
        if (const auto at = arm.rfind("kill@"); elsewhere && at != std::string::npos) {
            arm = arm.substr(0, at) + "kill@" + std::to_string(1 + random.below(8));
        }
        cell.arms.push_back(std::move(arm));
    }
    cell.from_empty = random.below(10) == 0;
    return cell;
}

/// Whether somebody breaks the store meanwhile.
bool breaks_store(const Stage& stage, const Options& options) {
    return stage.postgresql && !options.no_store_trouble;
}

Disorder disorder_of(Stage& stage, const Options& options, rt::Random& random) {
    auto troubles = troubles_of(stage);
    if (!breaks_store(stage, options)) std::erase_if(troubles, &Trouble::of_store);
    return {
        .posts_at_once = [&random] { return 1 + static_cast<int>(random.below(4)); },
        .kill_after_ms =
            [&random] { return random.below(4) == 0 ? static_cast<int>(random.below(60)) : -1; },
        .trouble =
            [&random, &stage, troubles = std::move(troubles)] {
                const auto drawn = random.below(4 * troubles.size());
                return drawn < troubles.size() ? troubles[drawn].begin(stage)
                                               : std::function<void()>([] {});
            },
        .store_comes_and_goes = breaks_store(stage, options)};
}

void add(Tally& tally, const Told& told) {
    const History& h = told.history;
    ++tally.runs;
    tally.kills += told.kills;
    tally.starts += static_cast<int>(h.starts.size());
    tally.decisions += static_cast<int>(h.decisions.size());
    tally.posts += static_cast<int>(h.replies.size());
    for (const Start& start : h.starts) {
        tally.slowest_start = std::max(tally.slowest_start, start.took);
        tally.most_computed = std::max(tally.most_computed, start.computed);
    }
    for (const Drain& drain : h.drains) {
        tally.slowest_drain = std::max(tally.slowest_drain, drain.took);
    }
}

/// True when every promise held.
bool run_one(Stage& stage, const std::vector<Cell>& known, const Options& options, int number,
             Tally& tally) {
    const auto random = rt::make_seeded_random(options.seed * 1'000'003 + number);
    Cell cell = draw(known, *random);
    const bool given = !options.arms.empty();
    if (given) cell = {.point = "given", .arms = options.arms};
    std::string trouble;
    try {
        const Told told = tell(stage, cell, "run-" + std::to_string(number),
                               given ? Disorder{} : disorder_of(stage, options, *random));
        add(tally, told);
        const bool comes_and_goes = breaks_store(stage, options) && !given;
        const Limits as_promised{.ready = std::chrono::milliseconds(options.ready_ms)};
        trouble = describe(check(told.history, comes_and_goes ? kStoreComesAndGoes : as_promised));
        const auto never = given ? missed(cell, told) : std::vector<std::string>();
        if (!never.empty()) trouble += fmt::format("never struck: {}\n", fmt::join(never, ", "));
        if (!trouble.empty()) std::fputs(outputs_of(told.history).c_str(), stderr);
    } catch (const std::exception& error) {
        trouble = error.what();
    }
    if (trouble.empty()) return true;
    ++tally.failed;
    std::printf("run %d (--seed %llu --from %d --runs 1): %s\n%s\n", number,
                static_cast<unsigned long long>(options.seed), number, name_of(cell).c_str(),
                trouble.c_str());
    return false;
}

int campaign(const Options& options) {
    constexpr int kRunsAStage = 100;
    const auto known = known_cells(options.binary);
    if (known.empty()) {
        std::fprintf(stderr, "no failpoints: configure with cmake --preset dev\n");
        return 2;
    }
    Tally tally;
    int number = options.from;
    const rt::SystemClock clock;
    const auto end = clock.steady() + std::chrono::seconds(options.seconds);
    const auto enough = [&] {
        if (options.seconds > 0 && clock.steady() >= end) return true;
        return options.runs > 0 ? number - options.from >= options.runs
                                : tally.kills >= options.kills;
    };
    while (!enough()) {
        Theatre theatre(options.binary, options.store);
        for (int i = 0; i < kRunsAStage && !enough(); ++i) {
            run_one(theatre.stage(), known, options, number++, tally);
        }
        std::printf("%d runs, %d kills, %d failed\n", tally.runs, tally.kills, tally.failed);
        std::fflush(stdout);
    }
    std::printf(
        "seed %llu: %d runs, %d kills, %d starts, %d posts, %d decisions; slowest start "
        "%lld ms, the most that one computed %lld ms, slowest drain %lld ms; %d failed\n",
        static_cast<unsigned long long>(options.seed), tally.runs, tally.kills, tally.starts,
        tally.posts, tally.decisions, static_cast<long long>(tally.slowest_start.count()),
        static_cast<long long>(tally.most_computed.count()),
        static_cast<long long>(tally.slowest_drain.count()), tally.failed);
    return tally.failed == 0 ? 0 : 1;
}

int load(const Options& options) {
    using namespace std::chrono_literals;
    Theatre theatre(options.binary, options.store);
    Load wanted{.lasts = 1s * options.load_s,
                .clients = options.clients,
                .pace = 1ms * options.pace_ms,
                .every = 1s * options.every_s,
                .stays = 500ms};
    for (Trouble& one : troubles_of(theatre.stage())) {
        if (one.name == options.trouble) wanted.trouble = std::move(one);
    }
    if (!wanted.trouble.begin) {
        std::fprintf(stderr, "no such trouble on this store: %s\n", options.trouble.c_str());
        return 2;
    }
    const LoadTold result = tell_load(theatre.stage(), wanted, "load");
    const History& history = result.told.history;
    const auto breaches = check(history);
    const auto made = std::ranges::count_if(history.objects, [](const ObjectVersion& one) {
        return one.ours && one.change == "ADDED";
    });
    const auto failed = std::ranges::count_if(
        history.replies, [](const Reply& reply) { return reply.status != 200; });
    std::printf(
        "%d s, %d times %s: %zu posts, %lld of them not answered with 200 and sent again, the "
        "slowest %lld ms to its 200; %zu decisions, %lld CronJobs, %zu notes, %zu audits, %zu "
        "events; %zu breaches\n%s",
        options.load_s, result.troubles, options.trouble.c_str(), history.replies.size(),
        static_cast<long long>(failed), static_cast<long long>(result.slowest.count()),
        history.decisions.size(), static_cast<long long>(made), history.notes.size(),
        history.audits.size(), history.events.size(), breaches.size(), describe(breaches).c_str());
    if (!breaches.empty()) std::fputs(outputs_of(history).c_str(), stderr);
    return breaches.empty() ? 0 : 1;
}

int run(const Options& options) {
    std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // what was seen stays when it is ended early
    try {
        return options.load_s > 0 ? load(options) : campaign(options);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}

}  // namespace
}  // namespace dsm::chaos

int main(int argc, char** argv) {
    using dsm::chaos::StoreKind;
    dsm::chaos::Options options;
    CLI::App app{"Kills and breaks the system at random and holds it against its promises."};
    app.add_option("--runs", options.runs, "So many runs; 0: until --kills are counted");
    app.add_option("--kills", options.kills, "So many kills");
    app.add_option("--seconds", options.seconds, "No run is begun after so long");
    app.add_option("--ready-ms", options.ready_ms, "RECOVER; more on a machine that is overloaded");
    app.add_option("--store", options.store, "sqlite or postgresql")
        ->transform(CLI::CheckedTransformer(std::map<std::string, StoreKind>{
            {"sqlite", StoreKind::kSqlite}, {"postgresql", StoreKind::kPostgresql}}));
    app.add_flag("--no-store-trouble", options.no_store_trouble,
                 "PostgreSQL is left alone, and a start held to --ready-ms");
    app.add_option("--seed", options.seed, "The same seed draws the same runs");
    app.add_option("--binary", options.binary, "The dsm to break; one with failpoints");
    app.add_option("--arm", options.arms, "Not drawn but this DSM_FAILPOINTS; one a start");
    app.add_option("--from", options.from, "Number of the first run");
    app.add_option("--load", options.load_s, "A load of so many seconds instead of kills");
    app.add_option("--trouble", options.trouble,
                   "What befalls it: redis-paused, -flushed, -lost-tail or -full, "
                   "postgresql-restarted, -killed or -frozen");
    app.add_option("--every", options.every_s, "How many seconds from one trouble to the next");
    app.add_option("--clients", options.clients, "That POST at once");
    app.add_option("--pace-ms", options.pace_ms, "Of each between an answer and its next POST");
    CLI11_PARSE(app, argc, argv);
    return dsm::chaos::run(options);
}
