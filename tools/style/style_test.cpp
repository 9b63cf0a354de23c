// Every rule finds a planted breach, and leaves the nearest good code alone.
#include <gtest/gtest.h>

#include "tools/style/rules.hpp"

namespace dsm::style {
namespace {

const char* const kHeader = "// What it is.\n#pragma once\n";

struct Case {
    const char* sentence;
    const char* path;
    std::string text;
    const char* finds;  ///< part of the message; nullptr: nothing is found
};

void expect(const Case& row) {
    const auto breaches = check({make_source_file(row.path, row.text)});
    std::string found;
    for (const Breach& breach : breaches) found += "[" + breach.rule + "] " + breach.message + "\n";
    if (!row.finds) {
        EXPECT_EQ(found, "") << row.sentence;
        return;
    }
    EXPECT_EQ(breaches.size(), 1U) << row.sentence << ":\n" << found;
    EXPECT_NE(found.find(row.finds), std::string::npos) << row.sentence << ":\n" << found;
}

std::string including(const std::string& target) {
    return "// A.\n#include " + target + "\n";
}

TEST(Style, KeepsEveryRoomToItsNeighbours) {
    const Case cases[] = {
        {"a room includes what it links", "libs/http/a.cpp", including("\"libs/rt/clock.hpp\""),
         nullptr},
        {"a room includes what it does not link", "libs/base/a.cpp",
         including("\"libs/http/client.hpp\""), "does not link"},
        {"libs include a service", "libs/http/a.cpp", including("\"services/sprint/config.hpp\""),
         "libs know no service"},
        {"a new room", "libs/magic/a.cpp", including("\"libs/base/result.hpp\""), "new room"},
        {"a service includes another", "services/sprint/app/a.cpp",
         including("\"services/backlog/config.hpp\""), "meet on the wire"},
        {"a test of a service includes another", "services/sprint/app/a_test.cpp",
         including("\"services/backlog/service.hpp\""), "meet on the wire"},
        {"core includes base and cron", "services/sprint/core/a.cpp",
         including("\"libs/cron/cron.hpp\""), nullptr},
        {"core includes a lib with I/O", "services/sprint/core/a.cpp",
         including("\"libs/rt/clock.hpp\""), "core is pure"},
        {"core includes app", "services/sprint/core/a.cpp",
         including("\"services/sprint/app/b.hpp\""), "core is pure"},
        {"core includes asio", "services/sprint/core/a.cpp", including("<boost/asio/post.hpp>"),
         "core does no I/O"},
        {"app includes an adapter", "services/sprint/app/a.cpp",
         including("\"services/sprint/adapters/b.hpp\""), "declare a port"},
        {"http includes an adapter", "services/sprint/http/a.cpp",
         including("\"services/sprint/adapters/b.hpp\""), "meet in app"},
        {"an adapter includes a route", "services/sprint/adapters/a.cpp",
         including("\"services/sprint/http/b.hpp\""), "meet in app"},
        {"the composition root includes both", "services/sprint/service.cpp",
         including("\"services/sprint/adapters/b.hpp\"") +
             "#include \"services/sprint/http/b.hpp\"\n",
         nullptr},
        {"a service includes the embedded cluster", "services/sprint/app/a.cpp",
         including("\"cluster/service.hpp\""), "libs and itself only"},
        {"a fixture includes test code", "services/sprint/app/a_fixture.hpp",
         std::string(kHeader) + "#include \"libs/testing/wire.hpp\"\n", nullptr},
        {"product code includes test code", "services/sprint/app/a.cpp",
         including("\"libs/testing/wire.hpp\""), "for tests"},
        {"the cluster includes a service", "cluster/a.cpp",
         including("\"services/sprint/config.hpp\""), "the embedded cluster"},
        {"SQL outside adapters", "services/sprint/app/a.cpp", including("<soci/soci.h>"),
         "SQL lives in adapters"},
        {"a relative include", "libs/http/a.cpp", including("\"client.hpp\""), "from the root"},
    };

    for (const Case& row : cases) expect(row);
}

TEST(Style, KeepsSlowHeadersBesideTheirSources) {
    const auto further = make_source_file("libs/outbox/b.cpp", including("\"libs/sql/store.hpp\""));
    const auto heavy =
        make_source_file("libs/sql/rows.hpp", std::string(kHeader) + "#include <soci/soci.h>\n");
    const auto beside = make_source_file("libs/sql/rows.cpp", including("\"libs/sql/rows.hpp\""));
    const auto away = make_source_file("libs/outbox/a.cpp", including("\"libs/sql/rows.hpp\""));
    const auto header = make_source_file("libs/sql/store.hpp",
                                         std::string(kHeader) + "#include \"libs/sql/rows.hpp\"\n");

    EXPECT_TRUE(check({heavy, beside}).empty());
    EXPECT_EQ(check({heavy, away}).size(), 1U);
    EXPECT_TRUE(check({heavy, header}).empty());
    EXPECT_EQ(check({further, header, heavy}).size(), 1U);
}

TEST(Style, NamesTheReplacementOfACall) {
    const std::string path = "services/sprint/app/a.cpp";
    const Case cases[] = {
        {"wall time", path.c_str(), "// A.\nauto t = std::chrono::system_clock::now();\n",
         "rt::Clock"},
        {"steady time by an alias", path.c_str(), "// A.\nauto t = Steady::now();\n", "rt::Clock"},
        {"time inside libs/rt", "libs/rt/clock.cpp", "// A.\nauto t = Steady::now();\n", nullptr},
        {"a sleep", path.c_str(), "// A.\nstd::this_thread::sleep_for(x);\n", "rt::sleep_for"},
        {"our own sleep", path.c_str(), "// A.\nrt::sleep_for(x);\n", nullptr},
        {"randomness", path.c_str(), "// A.\nstd::random_device seed;\n", "rt::Random"},
        {"a detached coroutine", path.c_str(), "// A.\nco_spawn(a, b, asio::detached);\n",
         "TaskScope"},
        {"a thread", path.c_str(), "// A.\nstd::thread worker;\n", "BlockingPool"},
        {"a thread in a test", "services/sprint/app/a_test.cpp", "// A.\nstd::thread worker;\n",
         nullptr},
        {"output", path.c_str(), "// A.\nstd::cout << 1;\n", "telemetry::log"},
        {"the environment", path.c_str(), "// A.\nauto v = std::getenv(name);\n", "a setting"},
        {"a word in a comment or a string", path.c_str(),
         "// detached, std::thread\nauto s = \"std::cout\"; /* srand */\n", nullptr},
        {"a word in a raw string", path.c_str(), "// A.\nauto s = R\"x(\nstd::cout\n)x\";\n",
         nullptr},
        {"a longer word", path.c_str(), "// A.\nint not_detached_yet = 1;\n", nullptr},
        {"an await in a condition", path.c_str(), "// A.\nif (auto x = co_await f()) g();\n",
         "stands alone"},
        {"an await after a condition", path.c_str(), "// A.\nif (x) co_await f();\n", nullptr},
        {"a namespace in a header", "libs/base/a.hpp",
         std::string(kHeader) + "using namespace std::chrono;\n", "using namespace"},
        {"a disabled test", "libs/base/a_test.cpp", "// A.\nTEST(A, DISABLED_) {}\n", "fix"},
    };

    for (const Case& row : cases) expect(row);
}

std::string repeat(const std::string& line, int times) {
    std::string text;
    for (int i = 0; i < times; ++i) text += line;
    return text;
}

TEST(Style, BoundsFilesFunctionsAndLines) {
    const std::string body = "    g();\n";
    const Case cases[] = {
        {"a file of 500 lines", "libs/base/a.cpp", "// A.\n" + repeat("int x;\n", 499), nullptr},
        {"a file of 501 lines", "libs/base/a.cpp", "// A.\n" + repeat("int x;\n", 500),
         "501 lines"},
        {"a function of 70 lines", "libs/base/a.cpp",
         "// A.\nvoid f() {\n" + repeat(body, 68) + "}\n", nullptr},
        {"a function of 71 lines", "libs/base/a.cpp",
         "// A.\nvoid f() {\n" + repeat(body, 69) + "}\n", "71 lines"},
        {"a long member function of a class", "libs/base/a.cpp",
         "// A.\nclass A {\n    void f() {\n" + repeat(body, 69) + "    }\n};\n", "71 lines"},
        {"a long test", "libs/base/a_test.cpp",
         "// A.\nTEST(Suite, SaysAll) {\n" + repeat(body, 69) + "}\n", "71 lines"},
        {"a namespace of any length", "libs/base/a.cpp",
         "// A.\nnamespace a {\n" + repeat("int f() { return 1; }\n", 90) + "}\n", nullptr},
        {"a long table", "libs/base/a.cpp",
         "// A.\nconst int kRows[] = {\n" + repeat("    1,\n", 90) + "};\n", nullptr},
        {"a line of 100 characters that are more bytes", "libs/base/a.cpp",
         "// " + repeat("é", 97) + "\n", nullptr},
        {"a long literal", "libs/base/a.cpp", "// A.\nauto s = R\"(" + repeat("x", 98) + ")\";\n",
         nullptr},
        {"a line of 101 columns", "libs/base/a.cpp", "// " + repeat("x", 98) + "\n", "101 columns"},
    };

    for (const Case& row : cases) expect(row);
}

TEST(Style, BoundsTheUnitsOfAFolder) {
    std::vector<SourceFile> files;
    const auto add = [&](const std::string& stem) {
        files.push_back(make_source_file("libs/base/" + stem + ".hpp", kHeader));
        files.push_back(make_source_file("libs/base/" + stem + ".cpp", "// A.\n"));
        files.push_back(make_source_file("libs/base/more_" + stem + "_test.cpp", "// A.\n"));
    };
    for (char c = 'a'; c < 'a' + 15; ++c) add(std::string(1, c));

    EXPECT_TRUE(check(files).empty());
    add("one_more");
    EXPECT_EQ(check(files).size(), 1U);
}

TEST(Style, AsksForNamesThatSaySomething) {
    const std::string path = "libs/base/a.cpp";
    const Case cases[] = {
        {"a class that says nothing", path.c_str(), "// A.\nclass JobManager {\n};\n",
         "JobManager"},
        {"a longer word", path.c_str(), "// A.\nstruct ManagedField {\n};\n", nullptr},
        {"a file that says nothing", "libs/base/string_utils.cpp", "// A.\n", "what is in it"},
        {"a file with a longer word", "libs/base/commonwealth.cpp", "// A.\n", nullptr},
        {"a file in another spelling", "libs/base/FileName.cpp", "// A.\n", "snake_case"},
        {"a type in another spelling", path.c_str(), "// A.\nstruct my_type {\n};\n", "PascalCase"},
        {"somebody else's template", path.c_str(),
         "// A.\ntemplate <>\nstruct std::hash<Id> {\n};\n", nullptr},
        {"a test without a sentence", "libs/base/a_test.cpp", "// A.\nTEST(Suite, Works) {}\n",
         "a sentence"},
    };

    for (const Case& row : cases) expect(row);
}

TEST(Style, ReadsTheTextOfEveryFile) {
    const Case cases[] = {
        {"no first comment", "libs/base/a.cpp", "int x;\n", "begin with a comment"},
        {"a source that its header introduces", "libs/base/a.cpp", "#include \"libs/base/a.hpp\"\n",
         nullptr},
        {"no pragma", "libs/base/a.hpp", "// A.\nint x;\n", "#pragma once"},
        {"a note to self", "docs/a.md", std::string("x TO") + "DO x\n", "do it"},
        {"an excuse", "libs/base/a.cpp", std::string("// A.\n// not ") + "implemented\n",
         "implement it"},
        {"a path of a machine", "scripts/up", std::string("cd /ho") + "me/me\n", "one machine"},
        {"a path that only ends alike", "docs/a.md", "see usr/home/x\n", nullptr},
        {"white space at the end", "docs/a.md", "text \n", "white space"},
        {"a Windows line end", "docs/a.md", "text\r\n", "Windows"},
        {"a tab in code", "libs/base/a.cpp", "// A.\n\tint x;\n", "a tab"},
    };

    for (const Case& row : cases) expect(row);
}

}  // namespace
}  // namespace dsm::style
