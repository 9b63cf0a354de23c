// The house rules that a program can check. Each breach says what to do instead.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/style/source_file.hpp"

namespace dsm::style {

struct Breach {
    std::string path;
    std::size_t line = 0;  ///< from 1; 0: the file or folder as a whole
    std::string rule;      ///< "dependency", "call", "size", …
    std::string message;
};

using Breaches = std::vector<Breach>;

/// All rules on all files, by path and line.
Breaches check(const std::vector<SourceFile>& files);

/// Who may include whom: main → http, adapters → app → core → libs/base; libs know no service.
void check_dependencies(const SourceFile& file, Breaches& breaches);
/// Headers that pull in a library which costs seconds stay among the sources beside them.
void check_heavy_headers(const std::vector<SourceFile>& files, Breaches& breaches);
/// Calls that have one place to live: time, randomness, threads, output.
void check_calls(const SourceFile& file, Breaches& breaches);
/// Lines of a file and of a function, columns of a line.
void check_sizes(const SourceFile& file, Breaches& breaches);
/// Names of files and types.
void check_names(const SourceFile& file, Breaches& breaches);
/// First comment, `#pragma once`, white space, notes to self, paths of somebody's machine.
void check_text(const SourceFile& file, Breaches& breaches);
/// How much one folder holds.
void check_folders(const std::vector<SourceFile>& files, Breaches& breaches);

/// The first place of `word` in `line` that is not part of a longer identifier; npos: none.
std::size_t find_word(std::string_view line, std::string_view word, std::size_t from = 0);

}  // namespace dsm::style
