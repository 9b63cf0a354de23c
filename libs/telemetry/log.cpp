// Log lines through spdlog; the JSON is ours, so that nothing a client sent can forge a line.
#include "libs/telemetry/log.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <boost/json/serialize.hpp>
#include <cctype>
#include <mutex>

namespace dsm::telemetry {
namespace {

spdlog::level::level_enum spdlog_level(Level level) {
    switch (level) {
        case Level::kDebug:
            return spdlog::level::debug;
        case Level::kInfo:
            return spdlog::level::info;
        case Level::kWarning:
            return spdlog::level::warn;
        case Level::kError:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

const char* name_of(Level level) {
    switch (level) {
        case Level::kDebug:
            return "debug";
        case Level::kInfo:
            return "info";
        case Level::kWarning:
            return "warning";
        case Level::kError:
            return "error";
    }
    return "info";
}

std::shared_ptr<spdlog::logger> make_logger(const LogSettings& settings) {
    spdlog::sink_ptr sink;
    if (settings.file.empty()) {
        sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    } else {
        sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(settings.file);
    }
    auto logger = std::make_shared<spdlog::logger>("dsm", std::move(sink));
    logger->set_level(spdlog_level(settings.level));
    logger->flush_on(spdlog::level::debug);
    logger->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ",%v)", spdlog::pattern_time_type::utc);
    return logger;
}

class Output {
public:
    std::shared_ptr<spdlog::logger> logger() {
        std::lock_guard lock(mutex_);
        if (!logger_) logger_ = make_logger({});
        return logger_;
    }
    void set(std::shared_ptr<spdlog::logger> logger) {
        std::lock_guard lock(mutex_);
        logger_ = std::move(logger);
    }

private:
    std::mutex mutex_;
    std::shared_ptr<spdlog::logger> logger_;
};

Output& output() {
    static Output instance;
    return instance;
}

/// Boost.JSON leaves DEL as it is; a terminal does not.
void escape_delete(std::string& text) {
    for (std::size_t at = text.find('\x7f'); at != std::string::npos; at = text.find('\x7f', at)) {
        text.replace(at, 1, "\\u007f");
    }
}

}  // namespace

void configure_log(const LogSettings& settings) {
    try {
        output().set(make_logger(settings));
    } catch (const spdlog::spdlog_ex& e) {
        output().set(make_logger({.level = settings.level}));
        log(Level::kError, "dsm", "log_file_failed", {{"file", settings.file}, {"why", e.what()}});
    }
}

bool parse_level(std::string_view text, Level& level) {
    std::string lower;
    for (const char c : text) {
        lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    for (const Level each : {Level::kDebug, Level::kInfo, Level::kWarning, Level::kError}) {
        if (lower == name_of(each)) {
            level = each;
            return true;
        }
    }
    return false;
}

void log(Level level, std::string_view service, std::string_view event,
         boost::json::object fields) {
    const auto logger = output().logger();
    if (!logger->should_log(spdlog_level(level))) return;
    boost::json::object line{{"level", name_of(level)}, {"service", service}, {"event", event}};
    for (auto& [key, value] : fields) line.insert_or_assign(key, std::move(value));
    std::string text = boost::json::serialize(line);
    escape_delete(text);
    // The pattern writes the opening brace and the time.
    logger->log(spdlog_level(level), spdlog::string_view_t(text.data() + 1, text.size() - 1));
}

}  // namespace dsm::telemetry
