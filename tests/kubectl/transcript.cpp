// Reading, playing and normalising.
#include "tests/kubectl/transcript.hpp"

#include <boost/json.hpp>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>

#include "libs/testing/process.hpp"

namespace dsm::testing {

namespace json = boost::json;

namespace {

struct Rule {
    std::regex pattern;
    std::string with;
};

const std::vector<Rule>& rules() {
    static const std::vector<Rule> kRules{
        {std::regex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<uid>"},
        {std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))"), "<time>"},
        {std::regex(
             R"((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4})"),
         "<time>"},
        {std::regex(R"(-[bcdfghjklmnpqrstvwxz2456789]{5}\b)"), "-<random>"},
        {std::regex(R"(\S*/(LIVE|MERGED)-\d+/)"), "$1/"},
        {std::regex(R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ [+-]\d{4})"), "<time>"},
        {std::regex(R"re((resourceVersion"?: )"?\d+"?)re"), "$1<rv>"},
        {std::regex(R"((selfLink: ).*)"), "$1<link>"},
        {std::regex(R"(https?://(127\.0\.0\.1|localhost|\[::1\]):\d+)"), "<server>"},
        {std::regex(R"(\b\d+(ms|s|m|h|d)(\d+(s|m|h))?\b(?= ago|\s*$|\s+\S))"), "<age>"},
        {std::regex(R"(<unknown>(?=\s*$))"), "<age>"},
        {std::regex(R"([ \t]+)"), " "},
    };
    return kRules;
}

void replace_all(std::string& text, const std::string& what, const std::string& with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
        text.replace(at, what.size(), with);
        at += with.size();
    }
}

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(" \t\n");
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

/// Without kubectl's own log lines and its remark about versions.
std::string without_noise(const std::string& err) {
    static const std::regex kLogLine(R"([EWI]\d{4} .*)");
    std::istringstream lines(err);
    std::string kept;
    for (std::string line; std::getline(lines, line);) {
        if (line.find("version difference between") != std::string::npos) continue;
        if (!std::regex_match(line, kLogLine)) kept += line + "\n";
    }
    return kept;
}

}  // namespace

std::string normalise(std::string text, const std::string& name_space, const std::string& folder) {
    replace_all(text, folder + "/", "");
    replace_all(text, name_space, "<ns>");
    std::istringstream lines(text);
    std::string out;
    for (std::string line; std::getline(lines, line);) {
        for (const Rule& rule : rules()) line = std::regex_replace(line, rule.pattern, rule.with);
        while (line.ends_with(' ')) line.pop_back();
        out += line + "\n";
    }
    return trimmed(out);
}

std::vector<std::string> split_arguments(const std::string& line) {
    std::vector<std::string> words;
    std::string word;
    bool open = false;
    char quote = 0;
    for (const char c : line) {
        if (quote != 0) {
            if (c == quote) {
                quote = 0;
            } else {
                word += c;
            }
        } else if (c == '\'' || c == '"') {
            quote = c;
            open = true;
        } else if (c == ' ') {
            if (open) words.push_back(std::exchange(word, {}));
            open = false;
        } else {
            word += c;
            open = true;
        }
    }
    if (open) words.push_back(word);
    return words;
}

Step read_step(const json::value& step) {
    return {std::string(step.at("args").as_string()),
            {step.at("exit").to_number<int>(), std::string(step.at("out").as_string()),
             std::string(step.at("err").as_string())},
            step.as_object().contains("differs")};
}

Transcript read_transcript(const std::string& path) {
    const json::value record = json::parse(read_file(path));
    Transcript transcript;
    for (const auto& [name, text] : record.at("files").as_object()) {
        transcript.files[name] = std::string(text.as_string());
    }
    for (const json::value& step : record.at("steps").as_array()) {
        transcript.steps.push_back(read_step(step));
    }
    return transcript;
}

std::vector<Printed> play(const Transcript& transcript, const std::string& kubectl,
                          const std::string& kubeconfig, const std::string& name_space,
                          const std::string& folder) {
    for (const auto& [name, text] : transcript.files) std::ofstream(folder + "/" + name) << text;
    const ProcessEnvironment environment{
        {"KUBECONFIG", kubeconfig}, {"KUBECTL_EXTERNAL_DIFF", "diff -u"}, {"HOME", folder}};
    const auto run = [&](const std::vector<std::string>& arguments) {
        Arguments argv{"env", "-C", folder, kubectl, "-n", name_space};
        argv.insert(argv.end(), arguments.begin(), arguments.end());
        return run_process(argv, environment);
    };
    const Finished made = run({"create", "namespace", name_space});
    if (made.exit_code != 0) throw std::runtime_error("no namespace: " + made.err);
    std::vector<Printed> printed;
    for (const Step& step : transcript.steps) {
        const Finished done = run(split_arguments(step.arguments));
        printed.push_back({done.exit_code, normalise(done.out, name_space, folder),
                           normalise(without_noise(done.err), name_space, folder)});
    }
    return printed;
}

}  // namespace dsm::testing
