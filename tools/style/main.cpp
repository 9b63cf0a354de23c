// `dsm_style ROOT`: prints every breach of the house style in the tree, exit code 1 if there is
// one.
#include <cstdio>
#include <exception>

#include "tools/style/rules.hpp"

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: dsm_style ROOT\n", stderr);
        return 2;
    }
    try {
        const auto files = dsm::style::read_tree(argv[1]);
        const auto breaches = dsm::style::check(files);
        for (const auto& breach : breaches) {
            std::printf("%s:%zu: [%s] %s\n", breach.path.c_str(), breach.line, breach.rule.c_str(),
                        breach.message.c_str());
        }
        std::printf("%zu files, %zu breaches of the house style\n", files.size(), breaches.size());
        return breaches.empty() && !files.empty() ? 0 : 1;
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "dsm_style: %s\n", failure.what());
        return 1;
    }
}
