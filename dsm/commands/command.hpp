// What the commands share: how one is added to the command line, its settings, and its words.
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "dsm/client/api.hpp"
#include "dsm/client/endpoints.hpp"
#include "dsm/client/exit_code.hpp"
#include "dsm/settings/settings.hpp"

namespace CLI {
class App;
}

namespace dsm::commands {

using client::ExitCode;

/// Set by the command that was named; run after the whole command line was read.
using Run = std::function<ExitCode()>;

void add_up(CLI::App& app, Run& run);
void add_serve(CLI::App& app, Run& run);
void add_settings(CLI::App& app, Run& run);
void add_orchestrate(CLI::App& app, Run& run);
void add_status(CLI::App& app, Run& run);
void add_import(CLI::App& app, Run& run);
void add_export(CLI::App& app, Run& run);
void add_events(CLI::App& app, Run& run);
void add_doctor(CLI::App& app, Run& run);
/// `dsm events dead` and `dsm events parked`; `events` is that command.
void add_dead_events(CLI::App& events, Run& run);
void add_parked_events(CLI::App& events, Run& run);
void add_daily_scrum(CLI::App& app, Run& run);
void add_failpoints(CLI::App& app, Run& run);

/// Settings as flags of one command.
class SettingFlags {
public:
    explicit SettingFlags(unsigned audience) : audience_(audience) {}

    /// Adds the flags of `names`, all of the audience's when there are none.
    void add_to(CLI::App& command, std::initializer_list<std::string_view> names = {});

    /// nullopt after every bad one was written to stderr: exit with kUsage.
    std::optional<settings::Settings> read() const;

private:
    unsigned audience_;
    std::shared_ptr<settings::FlagTexts> texts_ = std::make_shared<settings::FlagTexts>();
};

enum Need : unsigned { kOrchestrator = 1, kProject = 2, kBacklog = 4, kSprint = 8 };

/// The addresses that `needs` names: from settings where they say so, else from the running system
/// of the data directory. kUnavailable says what to do.
Result<client::Endpoints> locate(const settings::Settings& settings, unsigned needs);

/// Where the streams are: settings say so, else the data directory. kUnavailable says what to do.
Result<client::StreamPlace> find_streams(const settings::Settings& settings);

/// "dsm: {message}" on stderr.
void complain(std::string_view message);
/// The same, and the exit code that belongs to it.
ExitCode failed(const Error& error);
ExitCode failed(const client::Reply& reply);

/// Writes to stdout. False when nobody reads any more.
bool print(std::string_view text);

/// Indented by two, for people.
std::string pretty(const boost::json::value& value);

/// A member; null when there is none.
const boost::json::value& member(const boost::json::value& object, std::string_view key);
/// A member as text; "-" when it is not there or null.
std::string shown(const boost::json::value& object, std::string_view key);

}  // namespace dsm::commands
