// Reads and re-reads the token file.
#include "libs/kube/token_source.hpp"

#include <fstream>
#include <iterator>

namespace dsm::kube {
namespace {

constexpr std::chrono::seconds kFresh{50};

/// What a header may carry: anything else would let a broken file forge header fields.
bool is_sendable(std::string_view token) {
    return !token.empty() &&
           std::ranges::all_of(token, [](unsigned char c) { return c > 0x20 && c < 0x7F; });
}

std::string trimmed(std::string text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

TokenSource::TokenSource(std::string token, std::string file, const rt::Clock& clock)
    : token_(trimmed(std::move(token))), file_(std::move(file)), clock_(&clock) {
    if (!is_sendable(token_)) token_.clear();
}

const std::string& TokenSource::current() {
    if (file_.empty()) return token_;
    const auto now = clock_->steady();
    if (read_at_ && now - *read_at_ < kFresh) return token_;
    read_at_ = now;
    std::ifstream in(file_, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (in.bad()) return token_;
    text = trimmed(std::move(text));
    if (is_sendable(text)) token_ = std::move(text);
    return token_;
}

void TokenSource::drop() {
    read_at_.reset();
}

}  // namespace dsm::kube
