// What `dsm up` prints once it is ready: where everything is and what to try first.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "dsm/client/api.hpp"
#include "dsm/client/endpoints.hpp"
#include "dsm/compose/intake.hpp"
#include "libs/base/time.hpp"

namespace dsm::compose {

/// A project with an active sprint, to try things on.
struct Example {
    std::string project;
    std::optional<std::string> cronjob;  ///< of the sprint; none: it is not there

    bool operator==(const Example&) const = default;
};

/// Asks the running system; one whose CronJob is there if the first few have any. nullopt when no
/// sprint is active or somebody does not answer at once.
std::optional<Example> find_example(client::Api& api, const client::Endpoints& endpoints);

struct Banner {
    std::string program = "dsm";  ///< how this binary was called
    std::string data;
    client::Endpoints endpoints;
    client::StreamPlace streams;
    bool streams_answer = true;
    std::optional<Example> example;
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
