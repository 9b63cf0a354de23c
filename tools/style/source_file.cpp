// Blanking keeps every column where it was, so that a breach names the right line.
#include "tools/style/source_file.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace dsm::style {
namespace {

namespace fs = std::filesystem;

/// Blanks comments and literals of C++ in one pass over the text.
class Blanker {
public:
    explicit Blanker(const std::string& text) : text_(text), out_(text) {}

    std::string run() {
        while (at_ < text_.size()) step();
        return std::move(out_);
    }

private:
    bool sees(std::string_view what) const { return text_.compare(at_, what.size(), what) == 0; }

    void step() {
        if (line_starts_with_include()) {
            skip_to(text_.find('\n', at_));
        } else if (sees("//")) {
            blank_to(text_.find('\n', at_));
        } else if (sees("/*")) {
            blank_to(after(text_.find("*/", at_ + 2), 2));
        } else if (sees("R\"")) {
            blank_raw_string();
        } else if (text_[at_] == '"') {
            blank_quoted('"');
        } else if (text_[at_] == '\'' && !is_digit_separator()) {
            blank_quoted('\'');
        } else {
            ++at_;
        }
    }

    bool line_starts_with_include() const {
        return sees("#include") && (at_ == 0 || text_[at_ - 1] == '\n');
    }
    bool is_digit_separator() const {
        return at_ > 0 && std::isxdigit(static_cast<unsigned char>(text_[at_ - 1])) != 0;
    }
    static std::size_t after(std::size_t found, std::size_t length) {
        return found == std::string::npos ? found : found + length;
    }
    void skip_to(std::size_t end) { at_ = std::min(end, text_.size()); }
    void blank_to(std::size_t end) {
        end = std::min(end, text_.size());
        for (; at_ < end; ++at_) {
            if (text_[at_] != '\n') out_[at_] = ' ';
        }
    }
    void blank_quoted(char quote) {
        std::size_t end = at_ + 1;
        while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
            end += text_[end] == '\\' ? 2 : 1;
        }
        blank_to(end + 1);
    }
    void blank_raw_string() {
        const std::size_t open = text_.find('(', at_);
        if (open == std::string::npos) return blank_to(open);
        const std::string close = ")" + text_.substr(at_ + 2, open - at_ - 2) + "\"";
        blank_to(after(text_.find(close, open), close.size()));
    }

    const std::string& text_;
    std::string out_;
    std::size_t at_ = 0;
};

std::vector<std::string> split_lines(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

bool is_skipped_folder(const fs::path& path) {
    const std::string name = path.filename().string();
    return name == "build" || name == ".git" || name == ".cache" || name == "fixtures";
}

bool is_text(const fs::path& path) {
    static const std::vector<std::string> kEndings = {".cpp", ".hpp",   ".md",   ".txt",
                                                      ".sh",  ".cmake", ".yaml", ".yml"};
    const std::string ending = path.extension().string();
    const std::string folder = path.parent_path().filename().string();
    const bool script = ending.empty() && (folder == "scripts" || folder == ".ci" ||
                                           folder == "tools" || folder == "hooks");
    return script || std::ranges::find(kEndings, ending) != kEndings.end();
}

}  // namespace

bool SourceFile::is_test() const {
    const std::string_view name = std::string_view(path).substr(0, path.rfind('.'));
    const std::string_view file = name.substr(name.rfind('/') + 1);
    return path.starts_with("tests/") || name.ends_with("_test") || name.ends_with("_fixture") ||
           name.ends_with("_world") || file.starts_with("fake_") || file.starts_with("scripted_");
}

bool SourceFile::is_in(std::initializer_list<std::string_view> folders) const {
    return std::ranges::any_of(folders,
                               [&](std::string_view folder) { return path.starts_with(folder); });
}

std::string SourceFile::folder() const {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string SourceFile::stem() const {
    std::string name = path.substr(path.rfind('/') + 1);
    name = name.substr(0, name.rfind('.'));
    return name.ends_with("_test") ? name.substr(0, name.size() - 5) : name;
}

SourceFile make_source_file(std::string path, const std::string& text) {
    SourceFile file{.path = std::move(path), .lines = split_lines(text), .code = {}};
    if (file.is_cpp()) file.code = split_lines(Blanker(text).run());
    return file;
}

std::vector<SourceFile> read_tree(const std::string& root) {
    std::vector<SourceFile> files;
    for (auto entry = fs::recursive_directory_iterator(root); entry != fs::end(entry); ++entry) {
        if (entry->is_directory() && is_skipped_folder(entry->path())) {
            entry.disable_recursion_pending();
        } else if (entry->is_regular_file() && is_text(entry->path())) {
            std::ifstream stream(entry->path(), std::ios::binary);
            const std::string text{std::istreambuf_iterator<char>(stream), {}};
            files.push_back(make_source_file(fs::relative(entry->path(), root).string(), text));
        }
    }
    std::ranges::sort(files, {}, &SourceFile::path);
    return files;
}

}  // namespace dsm::style
