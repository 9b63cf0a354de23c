// `dsm events dead`: what no consumer could handle, and what becomes of it.
#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "dsm/client/dead_letters.hpp"
#include "dsm/commands/command.hpp"
#include "dsm/compose/make.hpp"

namespace dsm::commands {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

/// A retry shortens no stream: its service bounds it at its own next append.
constexpr std::size_t kNoBound = 1'000'000'000;

struct Choices {
    bool as_json = false;
    bool all = false;
    std::string retry;
    std::string drop;
    bool retry_asked = false;
    bool drop_asked = false;

    bool acts() const { return retry_asked || drop_asked; }
};

std::string line_of(const client::DeadLetter& letter, bool as_json) {
    const auto& event = letter.entry.event;
    if (!as_json) {
        return fmt::format("{} {} {} {}\n", letter.id(),
                           event.event_type.empty() ? "-" : event.event_type,
                           event.event_id.empty() ? "-" : event.event_id, event.why);
    }
    boost::system::error_code wrong;
    auto data = json::parse(event.data, wrong);
    if (wrong) data = json::string(event.data);
    return json::serialize(json::object{{"id", letter.id()},
                                        {"event_type", event.event_type},
                                        {"event_id", event.event_id},
                                        {"why", event.why},
                                        {"data", std::move(data)}}) +
           "\n";
}

asio::awaitable<ExitCode> work(client::DeadLetters letters, Choices choices,
                               std::size_t max_length) {
    const std::string named = choices.retry_asked ? choices.retry : choices.drop;
    const auto id = choices.acts() && !choices.all ? std::optional(named) : std::nullopt;
    auto found = co_await letters.find(id);
    if (!found) co_return failed(found.error());
    if (id && found->empty()) {
        co_return failed(Error{ErrorCode::kNotFound, "there is no dead letter " + *id});
    }
    if (found->empty() && !choices.as_json) print("no dead letters\n");
    for (const auto& letter : *found) {
        if (!choices.acts()) {
            if (!print(line_of(letter, choices.as_json))) co_return ExitCode::kDone;
            continue;
        }
        Result<void> done;
        if (choices.retry_asked) {
            done = co_await letters.retry(letter, max_length);
        } else {
            done = co_await letters.drop(letter);
        }
        if (!done) co_return failed(done.error());
        const char* const what = choices.retry_asked ? "published again" : "dropped";
        if (!print(fmt::format("{} {}\n", what, letter.id()))) co_return ExitCode::kDone;
    }
    co_return ExitCode::kDone;
}

ExitCode run_dead(const settings::Settings& settings, const Choices& choices) {
    auto place = find_streams(settings);
    if (!place) return failed(place.error());
    rt::SystemClock clock;
    auto events = compose::open_streams(*place, settings.redis_password,
                                        stream::RedisSettings{}.policy, clock);
    if (!events) return failed(events.error());
    asio::io_context context{1};
    auto code = ExitCode::kFailed;
    asio::co_spawn(context,
                   work(client::DeadLetters(**events, place->streams, clock), choices, kNoBound),
                   [&](std::exception_ptr thrown, ExitCode result) {
                       if (thrown) std::rethrow_exception(thrown);
                       code = result;
                   });
    context.run();
    return code;
}

}  // namespace

void add_dead_events(CLI::App& events, Run& run) {
    auto* command =
        events.add_subcommand("dead", "Show the entries that no consumer could handle, and why");
    auto choices = std::make_shared<Choices>();
    command->add_flag("--json", choices->as_json, "One object a line");
    auto* retry = command->add_option("--retry", choices->retry,
                                      "Publish this one (STREAM/ID) again; with --all, all");
    auto* drop =
        command->add_option("--drop", choices->drop, "Remove this one for good; with --all, all");
    retry->expected(0, 1)->excludes(drop);
    drop->expected(0, 1);
    auto* all = command->add_flag("--all", choices->all, "Every one, for --retry and --drop");
    SettingFlags flags(settings::kClient);
    flags.add_to(*command,
                 {"DSM_DATA", "REDIS_HOST", "REDIS_PORT", "REDIS_DB", "REDIS_STREAM_NAME"});
    command->callback([&run, choices, flags, retry, drop, all] {
        choices->retry_asked = retry->count() > 0;
        choices->drop_asked = drop->count() > 0;
        const bool named = !choices->retry.empty() || !choices->drop.empty();
        if (choices->acts() && named == (all->count() > 0)) {
            throw CLI::ValidationError("--retry and --drop want one STREAM/ID or --all");
        }
        run = [choices, flags] {
            const auto settings = flags.read();
            return settings ? run_dead(*settings, *choices) : ExitCode::kUsage;
        };
    });
}

}  // namespace dsm::commands
