// The one binary: reads the command line and runs the command that it names.
#include <malloc.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "dsm/commands/command.hpp"

namespace {

/// Six services and their pools would each get an allocator arena of their own; two are enough for
/// the load of one machine and keep the idle process small.
constexpr int kArenas = 2;

/// Nothing can be done without memory: what is committed is on the disk, so end like a kill would,
/// but with a word.
[[noreturn]] void end_without_memory() {
    constexpr std::string_view kWord = "dsm: out of memory\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kWord.data(), kWord.size());
    ::_exit(dsm::client::number_of(dsm::commands::ExitCode::kFailed));
}

void* allocate_for_openssl(std::size_t size, const char* /*file*/, int /*line*/) {
    if (size == 0) return nullptr;
    void* memory = std::malloc(size);
    if (!memory) end_without_memory();
    return memory;
}

void free_for_openssl(void* memory, const char* /*file*/, int /*line*/) {
    std::free(memory);
}

void* reallocate_for_openssl(void* memory, std::size_t size, const char* /*file*/, int /*line*/) {
    if (size == 0) {
        std::free(memory);
        return nullptr;
    }
    void* moved = std::realloc(memory, size);
    if (!moved) end_without_memory();
    return moved;
}

/// OpenSSL 3 uses state of its own that it could not allocate, and crashes. It refuses this only
/// where somebody preloaded has used it already, and is then as it would be anyway.
void end_where_openssl_has_no_memory() {
    ::CRYPTO_set_mem_functions(allocate_for_openssl, reallocate_for_openssl, free_for_openssl);
}

bool is_command(const CLI::App& app, const std::string& name) {
    const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
    return std::ranges::any_of(
        commands, [&](const CLI::App* command) { return command->get_name() == name; });
}

int run_command_line(int argc, char** argv) {
    using namespace dsm::commands;
    CLI::App app{"Digital Scrum Master: keeps the daily scrum of every active sprint running."};
    app.require_subcommand(1);
    app.set_help_all_flag("--help-all", "Help of every command");
    app.set_version_flag("--version", "dsm " DSM_VERSION, "Print the version");
    Run run;
    add_up(app, run);
    add_serve(app, run);
    add_orchestrate(app, run);
    add_status(app, run);
    add_import(app, run);
    add_export(app, run);
    add_events(app, run);
    add_doctor(app, run);
    add_daily_scrum(app, run);
    add_settings(app, run);
    add_failpoints(app, run);
    app.footer(
        "Client commands find a running `dsm up` by its data directory. `dsm COMMAND "
        "--help` says more.");
    if (argc <= 1) {
        std::fputs(app.help("dsm").c_str(), stderr);
        return dsm::client::number_of(ExitCode::kUsage);
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& wrong) {
        if (wrong.get_exit_code() == 0) return app.exit(wrong);
        const bool named = argc > 1 && argv[1][0] != '-';
        if (named && !is_command(app, argv[1])) {
            std::fprintf(stderr, "dsm: there is no command %s (--help lists them)\n", argv[1]);
        } else {
            std::fprintf(stderr, "dsm: %s (--help says more)\n", wrong.what());
        }
        return dsm::client::number_of(ExitCode::kUsage);
    }
    return dsm::client::number_of(run());
}

}  // namespace

int main(int argc, char** argv) {
    std::set_new_handler(end_without_memory);
    ::mallopt(M_ARENA_MAX, kArenas);
    end_where_openssl_has_no_memory();
    return run_command_line(argc, argv);
}
