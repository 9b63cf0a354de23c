// Random numbers from the operating system, and a seeded sequence for tests.
#include "libs/rt/random.hpp"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <mutex>
#include <random>
#include <string_view>

namespace dsm::rt {
namespace {

/// Reads the kernel's generator in blocks, so that an id costs no system call.
class SystemRandom final : public Random {
public:
    std::uint64_t next() override {
        std::lock_guard lock(mutex_);
        if (used_ == block_.size()) refill();
        return block_[used_++];
    }

private:
    void refill() {
        auto* at = reinterpret_cast<char*>(block_.data());
        std::size_t missing = sizeof(block_);
        while (missing > 0) {
            const ssize_t got = getrandom(at, missing, 0);
            if (got < 0 && errno != EINTR) std::abort();  // no ids are better than guessable ones
            if (got <= 0) continue;
            at += got;
            missing -= static_cast<std::size_t>(got);
        }
        used_ = 0;
    }

    std::mutex mutex_;
    std::array<std::uint64_t, 64> block_{};
    std::size_t used_ = block_.size();
};

class SeededRandom final : public Random {
public:
    explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}

    std::uint64_t next() override {
        std::lock_guard lock(mutex_);
        return engine_();
    }

private:
    std::mutex mutex_;
    std::mt19937_64 engine_;
};

void append_hex(std::string& text, std::uint64_t bits, std::size_t bytes) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    for (std::size_t i = 0; i < 2 * bytes; ++i) text += kDigits[(bits >> (60 - 4 * i)) & 15];
}

}  // namespace

std::uint64_t Random::below(std::uint64_t bound) {
    // Values over the last whole multiple of `bound` would make small results likelier.
    const std::uint64_t rest = (UINT64_MAX % bound + 1) % bound;
    std::uint64_t value = next();
    while (value > UINT64_MAX - rest) value = next();
    return value % bound;
}

std::string Random::uuid() {
    const std::uint64_t high = (next() & 0xffff'ffff'ffff'0fffULL) | 0x4000ULL;
    const std::uint64_t low = (next() & 0x3fff'ffff'ffff'ffffULL) | 0x8000'0000'0000'0000ULL;
    std::string text;
    text.reserve(36);
    append_hex(text, high, 8);
    append_hex(text, low, 8);
    for (std::size_t dash : {8, 13, 18, 23}) text.insert(dash, 1, '-');
    return text;
}

std::string Random::hex(std::size_t bytes) {
    std::string text;
    text.reserve(2 * bytes);
    while (bytes > 0) {
        const std::size_t part = std::min<std::size_t>(bytes, 8);
        append_hex(text, next(), part);
        bytes -= part;
    }
    return text;
}

std::unique_ptr<Random> make_system_random() {
    return std::make_unique<SystemRandom>();
}

std::unique_ptr<Random> make_seeded_random(std::uint64_t seed) {
    return std::make_unique<SeededRandom>(seed);
}

}  // namespace dsm::rt
