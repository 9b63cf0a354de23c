// Names that say nothing, and names that break the house's spelling.
#include <algorithm>
#include <array>
#include <cctype>

#include "tools/style/rules.hpp"

namespace dsm::style {
namespace {

constexpr std::array<std::string_view, 6> kEmptyWords = {"Manager", "Helper", "Helpers",
                                                         "Util",    "Utils",  "Common"};

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

/// The words of a PascalCase name: "JobHelper" → "Job", "Helper".
std::vector<std::string> words_of(const std::string& name) {
    std::vector<std::string> words;
    for (const char c : name) {
        if (words.empty() || std::isupper(static_cast<unsigned char>(c)) != 0) words.emplace_back();
        words.back() += c;
    }
    return words;
}

/// Somebody else's nouns: Kubernetes calls the owner of a field its manager.
constexpr std::array<std::string_view, 1> kForeignNouns = {"ManagerId"};

bool says_nothing(const std::string& name) {
    if (std::ranges::find(kForeignNouns, name) != kForeignNouns.end()) return false;
    return std::ranges::any_of(words_of(name), [](const std::string& word) {
        return std::ranges::find(kEmptyWords, word) != kEmptyWords.end();
    });
}

std::string identifier_at(const std::string& code, std::size_t at) {
    while (at < code.size() && code[at] == ' ') ++at;
    std::size_t end = at;
    while (end < code.size() &&
           (std::isalnum(static_cast<unsigned char>(code[end])) != 0 || code[end] == '_')) {
        ++end;
    }
    return code.substr(at, end - at);
}

/// The type that a line declares; empty if it declares none.
std::string declared_type(const std::string& code) {
    for (const std::string_view keyword : {"enum class", "class", "struct", "enum"}) {
        const std::size_t at = find_word(code, keyword);
        if (at == std::string::npos) continue;
        if (code.find('<') < at) return "";  // a template parameter
        const std::string name = identifier_at(code, at + keyword.size());
        const bool qualified = code.find(name + "::", at) != std::string::npos;
        return qualified ? "" : name;  // a specialisation of somebody else's
    }
    return "";
}

void check_type(const SourceFile& file, std::size_t line, Breaches& breaches) {
    const std::string name = declared_type(file.code[line]);
    if (name.empty()) return;
    if (says_nothing(name)) {
        breaches.push_back({file.path, line + 1, "name",
                            name + ": name it by what it is for, in words of the glossary"});
    }
    const bool ours = find_word(file.code[line], "friend") == std::string::npos &&
                      file.code[line].find(';') == std::string::npos;
    if (ours && std::islower(static_cast<unsigned char>(name[0])) != 0) {
        breaches.push_back({file.path, line + 1, "name", name + ": types are PascalCase"});
    }
}

void check_test_name(const SourceFile& file, std::size_t line, Breaches& breaches) {
    const std::string& code = file.code[line];
    const bool test =
        code.starts_with("TEST(") || code.starts_with("TEST_F(") || code.starts_with("TEST_P(");
    const std::size_t comma = code.find(", ");
    if (!test || comma == std::string::npos) return;
    const std::string name = identifier_at(code, comma + 2);
    const auto words =
        std::ranges::count_if(name, [](unsigned char c) { return std::isupper(c) != 0; });
    if (words >= 2) return;
    breaches.push_back({file.path, line + 1, "name",
                        name + ": a test's name is a sentence, HealsAMissingCronJob"});
}

}  // namespace

void check_names(const SourceFile& file, Breaches& breaches) {
    const std::string stem = file.stem();
    const bool snake = std::ranges::all_of(stem, [](unsigned char c) {
        return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '_';
    });
    if (!snake) breaches.push_back({file.path, 0, "name", "file names are snake_case"});
    for (const std::string_view word : kEmptyWords) {
        const std::size_t at = stem.find(lower(word));
        const bool begins = at == 0 || (at != stem.npos && stem[at - 1] == '_');
        const bool ends =
            begins && (at + word.size() == stem.size() || stem[at + word.size()] == '_');
        if (!ends) continue;
        breaches.push_back({file.path, 0, "name", "name the file by what is in it"});
    }
    for (std::size_t line = 0; line < file.code.size(); ++line) {
        check_type(file, line, breaches);
        check_test_name(file, line, breaches);
    }
}

}  // namespace dsm::style
