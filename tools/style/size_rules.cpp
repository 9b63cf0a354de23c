// Functions are found by their braces: good enough for formatted code, and quick.
#include <algorithm>
#include <map>
#include <set>

#include "tools/style/rules.hpp"

namespace dsm::style {
namespace {

constexpr std::size_t kFileLines = 500;
constexpr std::size_t kFunctionLines = 70;
constexpr std::size_t kColumns = 100;
constexpr std::size_t kFolderUnits = 15;

/// A line that is text of a literal and little else cannot be broken without changing the text.
bool is_literal(const std::string& line, const std::string& code) {
    const std::size_t begin = line.find_first_not_of(' ');
    const bool comment = begin != std::string::npos && line.compare(begin, 2, "//") == 0;
    return !comment && std::ranges::count_if(code, [](char c) { return c != ' '; }) <= 16;
}

std::size_t columns_of(const std::string& line) {
    return static_cast<std::size_t>(std::ranges::count_if(
        line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// Walks the braces of a file and reports every outermost function that is too long.
class FunctionWalk {
public:
    FunctionWalk(const SourceFile& file, Breaches& breaches) : file_(file), breaches_(breaches) {}

    void run() {
        for (line_ = 0; line_ < file_.code.size(); ++line_) {
            if (file_.code[line_].starts_with("#")) continue;
            for (const char c : file_.code[line_]) take(c);
            statement_ += ' ';
        }
    }

private:
    void take(char c) {
        if (c == '{') {
            open();
        } else if (c == '}') {
            close();
        } else if (c == ';') {
            restart();
        } else {
            if (statement_.find_first_not_of(' ') == std::string::npos) begin_ = line_;
            statement_ += c;
        }
    }

    void restart() { statement_.clear(); }

    /// Namespaces and types hold functions; everything else that has a parameter list is one.
    bool opens_function() const {
        for (const std::string_view word : {"namespace", "class", "struct", "union", "enum"}) {
            const std::size_t at = find_word(statement_, word);
            if (at != std::string::npos && at < statement_.find('(')) return false;
        }
        return statement_.find('(') != std::string::npos;
    }

    void open() {
        if (depth_in_function_ > 0 || opens_function()) {
            if (depth_in_function_++ == 0) function_begin_ = begin_;
        }
        restart();
    }

    void close() {
        restart();
        if (depth_in_function_ == 0 || --depth_in_function_ > 0) return;
        const std::size_t length = line_ - function_begin_ + 1;
        if (length <= kFunctionLines) return;
        breaches_.push_back({file_.path, function_begin_ + 1, "size",
                             "a function of " + std::to_string(length) + " lines, over " +
                                 std::to_string(kFunctionLines) + ": name its steps"});
    }

    const SourceFile& file_;
    Breaches& breaches_;
    std::string statement_;
    std::size_t line_ = 0;
    std::size_t begin_ = 0;
    std::size_t function_begin_ = 0;
    std::size_t depth_in_function_ = 0;
};

}  // namespace

void check_sizes(const SourceFile& file, Breaches& breaches) {
    if (!file.is_cpp()) return;
    if (file.lines.size() > kFileLines) {
        breaches.push_back({file.path, 0, "size",
                            std::to_string(file.lines.size()) + " lines, over " +
                                std::to_string(kFileLines) + ": it is more than one thing"});
    }
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
        const std::size_t columns = columns_of(file.lines[i]);
        if (columns <= kColumns || is_literal(file.lines[i], file.code[i])) continue;
        breaches.push_back({file.path, i + 1, "size",
                            std::to_string(columns) + " columns, over " + std::to_string(kColumns) +
                                ": run tools/format"});
    }
    FunctionWalk(file, breaches).run();
}

void check_folders(const std::vector<SourceFile>& files, Breaches& breaches) {
    std::map<std::string, std::set<std::string>> units;
    for (const SourceFile& file : files) {
        if (file.is_cpp() && !file.is_test()) units[file.folder()].insert(file.stem());
    }
    for (const auto& [folder, stems] : units) {
        if (stems.size() <= kFolderUnits) continue;
        breaches.push_back({folder, 0, "size",
                            std::to_string(stems.size()) +
                                " units (a header and its source are one), over " +
                                std::to_string(kFolderUnits) + ": find the sub-noun"});
    }
}

}  // namespace dsm::style
