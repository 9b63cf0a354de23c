// A file of the tree as the style rules see it: its lines, and its code without comments and
// strings.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dsm::style {

struct SourceFile {
    std::string path;                ///< from the root of the tree, "libs/base/result.hpp"
    std::vector<std::string> lines;  ///< as written
    /// Line by line, with comments and the insides of strings and characters as blanks. Includes
    /// keep their path. Empty for files that are no C++.
    std::vector<std::string> code;

    bool is_header() const { return path.ends_with(".hpp"); }
    bool is_cpp() const { return is_header() || path.ends_with(".cpp"); }
    /// Tests and what only tests include: *_test, *_fixture, *_world, fake_*,
    /// scripted_*.
    bool is_test() const;
    /// True below any of the folders ("libs/rt/").
    bool is_in(std::initializer_list<std::string_view> folders) const;
    std::string folder() const;
    std::string stem() const;  ///< "result" of libs/base/result_test.cpp
};

SourceFile make_source_file(std::string path, const std::string& text);

/// Every text file below `root` that the project owns, by path. Throws what the file system throws.
std::vector<SourceFile> read_tree(const std::string& root);

}  // namespace dsm::style
