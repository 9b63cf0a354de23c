// One table: what may not be called, where it may, and what to use instead.
#include <algorithm>

#include "tools/style/rules.hpp"

namespace dsm::style {
namespace {

struct BannedCall {
    std::string_view word;
    std::vector<std::string_view> allowed_in;  ///< folders
    std::string_view instead;
    bool allowed_in_tests = false;
};

const std::vector<BannedCall>& banned_calls() {
    static const std::vector<std::string_view> kTime = {"libs/rt/", "libs/testing/", "bench/",
                                                        "tools/", "libs/failpoint/"};
    // cluster/service runs the embedded cluster as libs/service runs a service: on its own thread.
    static const std::vector<std::string_view> kThreads = {
        "libs/rt/",     "libs/service/", "libs/testing/",   "libs/sql/",
        "libs/stream/", "dsm/",          "cluster/service", "bench/"};
    static const std::vector<std::string_view> kOutput = {"dsm/",
                                                          "tools/",
                                                          "bench/",
                                                          "libs/testing/",
                                                          "libs/rt/",
                                                          "libs/failpoint/",
                                                          "tests/chaos/campaign.",
                                                          "tests/chaos/downtime.",
                                                          "tests/chaos/nth_failure."};
    // A Job's process inherits a few variables of ours, which are nobody's settings.
    static const std::vector<std::string_view> kSettings = {
        "dsm/",       "libs/testing/",           "bench/", "libs/failpoint/",
        "libs/kube/", "cluster/controllers/pod."};
    static const std::vector<BannedCall> kCalls = {
        {"::now(", kTime,
         "take a rt::Clock: clock.wall() for timestamps, clock.steady() for waits"},
        {"gettimeofday", kTime, "take a rt::Clock"},
        {"clock_gettime", kTime, "take a rt::Clock"},
        {"std::time", kTime, "take a rt::Clock"},
        {"this_thread::sleep_for", kTime,
         "co_await rt::sleep_for(…); in tests testing::eventually(…)"},
        {"this_thread::sleep_until", kTime, "co_await rt::sleep_for(…)"},
        {"usleep", kTime, "co_await rt::sleep_for(…)"},
        {"nanosleep", kTime, "co_await rt::sleep_for(…)"},
        {"random_device", kTime, "take a rt::Random"},
        {"mt19937", kTime, "take a rt::Random", true},
        {"mt19937_64", kTime, "take a rt::Random", true},
        {"std::rand", kTime, "take a rt::Random"},
        {"srand", kTime, "take a rt::Random"},
        {"random_generator", kTime, "take a rt::Random: random.uuid()"},
        {"RAND_bytes", {"cluster/identity/"}, "take a rt::Random: random.hex(…)"},
        {"detached", {}, "rt::TaskScope::spawn: every coroutine has an owner that joins it"},
        {"std::thread", kThreads, "rt::BlockingPool, or the service's own executor", true},
        {"std::jthread", kThreads, "rt::BlockingPool, or the service's own executor", true},
        {"std::async", kThreads, "rt::BlockingPool", true},
        {"std::cout", kOutput, "telemetry::log", true},
        {"std::cerr", kOutput, "telemetry::log"},
        {"printf", kOutput, "telemetry::log, or fmt::format for text"},
        {"getenv", kSettings, "a setting, declared once in dsm/ and handed in", true},
        {"DISABLED_", {}, "fix the test or delete it"},
    };
    return kCalls;
}

void check_banned(const SourceFile& file, std::size_t line, Breaches& breaches) {
    for (const BannedCall& call : banned_calls()) {
        const bool allowed = (call.allowed_in_tests && file.is_test()) ||
                             std::ranges::any_of(call.allowed_in, [&](std::string_view folder) {
                                 return file.path.starts_with(folder);
                             });
        if (allowed || find_word(file.code[line], call.word) == std::string::npos) continue;
        breaches.push_back({file.path, line + 1, "call",
                            std::string(call.word) + ": " + std::string(call.instead)});
    }
}

/// clang and gcc have miscompiled awaits in conditions; a named result also reads better.
void check_await(const SourceFile& file, std::size_t line, Breaches& breaches) {
    const std::string& code = file.code[line];
    const std::size_t await = find_word(code, "co_await");
    if (await == std::string::npos) return;
    for (const std::string_view keyword : {"if", "while", "switch", "for"}) {
        const std::size_t at = find_word(code, keyword);
        if (at == std::string::npos || at > await) continue;
        const std::string_view between = std::string_view(code).substr(at, await - at);
        const auto opened = std::ranges::count(between, '(');
        if (opened > std::ranges::count(between, ')')) {
            breaches.push_back({file.path, line + 1, "call",
                                "co_await stands alone: auto x = co_await f(args); then test x"});
            return;
        }
    }
}

void check_using(const SourceFile& file, std::size_t line, Breaches& breaches) {
    const std::string& code = file.code[line];
    const bool whole_library = find_word(code, "using namespace std;") != std::string::npos ||
                               find_word(code, "using namespace boost;") != std::string::npos;
    const bool in_header =
        file.is_header() && find_word(code, "using namespace") != std::string::npos;
    if (!whole_library && !in_header) return;
    breaches.push_back({file.path, line + 1, "call",
                        "using namespace: name what you use, or alias the namespace"});
}

}  // namespace

void check_calls(const SourceFile& file, Breaches& breaches) {
    for (std::size_t line = 0; line < file.code.size(); ++line) {
        check_banned(file, line, breaches);
        check_await(file, line, breaches);
        check_using(file, line, breaches);
    }
}

}  // namespace dsm::style
