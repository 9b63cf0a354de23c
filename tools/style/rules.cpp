// Runs every rule; the order of the report is that of the tree.
#include "tools/style/rules.hpp"

#include <algorithm>
#include <cctype>
#include <tuple>

namespace dsm::style {
namespace {

bool is_identifier(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

}  // namespace

std::size_t find_word(std::string_view line, std::string_view word, std::size_t from) {
    for (auto at = line.find(word, from); at != line.npos; at = line.find(word, at + 1)) {
        const bool begins = at == 0 || !is_identifier(word.front()) || !is_identifier(line[at - 1]);
        const std::size_t end = at + word.size();
        const bool ends =
            end >= line.size() || !is_identifier(word.back()) || !is_identifier(line[end]);
        if (begins && ends) return at;
    }
    return line.npos;
}

Breaches check(const std::vector<SourceFile>& files) {
    Breaches breaches;
    for (const SourceFile& file : files) {
        check_text(file, breaches);
        check_sizes(file, breaches);
        if (!file.is_cpp()) continue;
        check_dependencies(file, breaches);
        check_calls(file, breaches);
        check_names(file, breaches);
    }
    check_heavy_headers(files, breaches);
    check_folders(files, breaches);
    std::ranges::sort(breaches, {}, [](const Breach& breach) {
        return std::tie(breach.path, breach.line, breach.rule, breach.message);
    });
    return breaches;
}

}  // namespace dsm::style
