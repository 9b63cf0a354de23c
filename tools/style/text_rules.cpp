// What every text file of the project keeps to. The words searched for are spelt in two halves, so
// that this file keeps to them too.
#include <algorithm>
#include <array>

#include "tools/style/rules.hpp"

namespace dsm::style {
namespace {

struct BannedText {
    std::string_view text;
    std::string_view instead;
};

constexpr std::array<BannedText, 8> kWords = {{
    {"TO"
     "DO",
     "do it, or leave it out"},
    {"FIX"
     "ME",
     "fix it"},
    {"XX"
     "X",
     "say it in a sentence"},
    {"HA"
     "CK",
     "do it properly, or say why it must be so"},
    {"not "
     "implemented",
     "implement it, or do not offer it"},
    {"Not "
     "implemented",
     "implement it, or do not offer it"},
    {"<<<<"
     "<<<",
     "resolve the conflict"},
    {">>>>"
     ">>>",
     "resolve the conflict"},
}};

constexpr std::array<std::string_view, 4> kMachinePaths = {
    "/wo"
    "rk/",
    "/ho"
    "me/",
    "/ro"
    "ot/",
    "/Use"
    "rs/"};

void check_line(const SourceFile& file, std::size_t i, Breaches& breaches) {
    const std::string& line = file.lines[i];
    const auto breach = [&](std::string message) {
        breaches.push_back({file.path, i + 1, "text", std::move(message)});
    };
    if (line.ends_with('\r')) breach("a Windows line end: use \\n");
    if (line.ends_with(' ') || line.ends_with('\t')) breach("white space at the end: remove it");
    if (file.is_cpp() && line.find('\t') != line.npos) breach("a tab: run tools/format");
    for (const BannedText& word : kWords) {
        if (find_word(line, word.text) != line.npos) {
            breach(std::string(word.text) + ": " + std::string(word.instead));
        }
    }
    for (const std::string_view path : kMachinePaths) {
        const std::size_t at = line.find(path);
        const bool absolute =
            at == 0 ||
            (at != line.npos && std::string_view(" \"'`=(:").find(line[at - 1]) != line.npos);
        if (absolute) breach("a path of one machine: take it as a setting or from the build");
    }
}

}  // namespace

void check_text(const SourceFile& file, Breaches& breaches) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) check_line(file, i, breaches);
    if (!file.is_cpp()) return;
    const bool introduced = !file.lines.empty() && file.lines[0].starts_with("// ");
    // A source beside its header is introduced by it.
    const std::string own_header = "#include \"" + file.folder() + "/" + file.stem() + ".hpp\"";
    const bool has_header =
        !file.is_header() && std::ranges::find(file.lines, own_header) != file.lines.end();
    if (!introduced && !has_header) {
        breaches.push_back({file.path, 1, "text",
                            "begin with a comment that says what this is and the one thing a "
                            "caller must know"});
    }
    if (file.is_header() && std::ranges::find(file.lines, "#pragma once") == file.lines.end()) {
        breaches.push_back({file.path, 1, "text", "#pragma once is missing"});
    }
}

}  // namespace dsm::style
