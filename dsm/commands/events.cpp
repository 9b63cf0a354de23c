// `dsm events`: what the streams hold, oldest first.
#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>

#include "dsm/client/event_log.hpp"
#include "dsm/commands/command.hpp"
#include "dsm/compose/make.hpp"
#include "libs/rt/task_scope.hpp"

namespace dsm::commands {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::chrono::milliseconds kLookAgain{300};

enum class Form { kText, kJson };
enum class End { kWhenRead, kNever };

struct Choices {
    bool as_json = false;
    bool follow = false;
    std::vector<std::string> streams;
};

std::string text_line(const client::LoggedEvent& event) {
    boost::system::error_code wrong;
    const auto data = json::parse(event.entry.event.data, wrong);
    auto type = shown(data, "event_type");
    if (type == "-") type = event.entry.event.event_type;
    auto what = shown(data, "summary");
    if (what == "-") what = shown(member(data, "event_data"), "status");
    return fmt::format("{} {} {} {} {} {}", shown(data, "timestamp"), event.stream, event.entry.id,
                       type, shown(data, "aggregate_id"), what);
}

asio::awaitable<ExitCode> show(client::EventLog log, Form form, End end) {
    while (true) {
        auto event = co_await log.next();
        if (!event) co_return failed(event.error());
        if (*event) {
            const auto line = form == Form::kJson ? client::to_line(**event) : text_line(**event);
            if (!print(line + "\n")) co_return ExitCode::kDone;
            continue;
        }
        if (end == End::kWhenRead) co_return ExitCode::kDone;
        const bool waited = co_await rt::sleep_for(kLookAgain);
        if (!waited) co_return ExitCode::kDone;
    }
}

ExitCode show_events(const settings::Settings& settings, const Choices& choices) {
    auto place = find_streams(settings);
    if (!place) return failed(place.error());
    if (!choices.streams.empty()) place->streams = choices.streams;
    rt::SystemClock clock;
    auto events = compose::open_streams(*place, settings.redis_password,
                                        stream::RedisSettings{}.policy, clock);
    if (!events) return failed(events.error());

    asio::io_context context{1};
    auto code = ExitCode::kDone;
    asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&](const boost::system::error_code& wrong, int) {
        if (!wrong) context.stop();
    });
    asio::co_spawn(context,
                   show(client::EventLog(**events, place->streams, clock),
                        choices.as_json ? Form::kJson : Form::kText,
                        choices.follow ? End::kNever : End::kWhenRead),
                   [&](std::exception_ptr thrown, ExitCode result) {
                       if (thrown) std::rethrow_exception(thrown);
                       code = result;
                       signals.cancel();
                   });
    context.run();
    return code;
}

}  // namespace

Result<client::StreamPlace> find_streams(const settings::Settings& settings) {
    if (!settings.redis_host.empty()) return compose::stream_place(settings, settings.data);
    auto place = client::read_stream_place(settings.data);
    if (place || place.error().code != ErrorCode::kNotFound) return place;
    return fail(ErrorCode::kUnavailable,
                fmt::format("no streams found in {}: start a DSM with `dsm up`, name one with "
                            "--data, or set REDIS_HOST",
                            settings.data));
}

void add_events(CLI::App& app, Run& run) {
    auto* command = app.add_subcommand("events", "Show what the event streams hold, oldest first");
    auto choices = std::make_shared<Choices>();
    command->add_flag("--json", choices->as_json,
                      "One object a line: {\"stream\",\"id\",\"data\"}");
    command->add_flag("-f,--follow", choices->follow, "Go on with what comes, until Ctrl-C");
    command->add_option("--stream", choices->streams, "Only this stream; may be repeated");
    SettingFlags flags(settings::kClient);
    flags.add_to(*command,
                 {"DSM_DATA", "REDIS_HOST", "REDIS_PORT", "REDIS_DB", "REDIS_STREAM_NAME"});
    add_dead_events(*command, run);
    add_parked_events(*command, run);
    command->callback([&run, choices, flags, command] {
        if (!command->get_subcommands().empty()) return;
        run = [choices, flags] {
            const auto settings = flags.read();
            return settings ? show_events(*settings, *choices) : ExitCode::kUsage;
        };
    });
}

}  // namespace dsm::commands
