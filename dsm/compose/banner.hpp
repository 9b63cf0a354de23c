// What `dsm up` prints once it is ready: where everything is and what to try first.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "dsm/client/endpoints.hpp"
#include "dsm/compose/intake.hpp"
#include "libs/base/time.hpp"

namespace dsm::compose {

struct Banner {
    std::string data;
    client::Endpoints endpoints;
    client::StreamPlace streams;
    std::string name_space;
    std::vector<Intake> intakes;  ///< taken in by this start
    std::chrono::milliseconds started_in{0};
    std::chrono::microseconds clock_offset{0};
    Instant now;
};

std::string text_of(const Banner& banner);

/// To stdout.
void print_banner(const Banner& banner);

}  // namespace dsm::compose
