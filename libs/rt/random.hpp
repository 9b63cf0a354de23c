// The randomness port: the only source of random numbers, so that a seed repeats a run.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace dsm::rt {

/// Safe from any thread.
class Random {
public:
    virtual ~Random() = default;
    virtual std::uint64_t next() = 0;

    /// Uniform in [0, bound); bound > 0.
    std::uint64_t below(std::uint64_t bound);
    /// A version 4 UUID in lower-case text.
    std::string uuid();
    /// `bytes` random bytes as lower-case hex.
    std::string hex(std::size_t bytes);
};

/// Seeded from the operating system.
std::unique_ptr<Random> make_system_random();

/// The same sequence for the same seed; for tests.
std::unique_ptr<Random> make_seeded_random(std::uint64_t seed);

}  // namespace dsm::rt
