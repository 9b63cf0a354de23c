// Reading the files, and the rule for the clock.
#include "dsm/compose/intake.hpp"

#include "dsm/client/files.hpp"
#include "dsm/compose/naming.hpp"
#include "libs/base/digest.hpp"

namespace dsm::compose {

Result<std::vector<Intake>> read_intakes(const std::vector<std::string>& paths) {
    std::vector<Intake> intakes;
    std::string wrong;
    for (const auto& path : paths) {
        auto text = client::read_whole(path);
        if (!text) {
            wrong += "\n  " + text.error().message;
            continue;
        }
        auto workspace = workspace::parse(*text, cronjob_name);
        if (!workspace) {
            for (const auto& one : workspace.error()) wrong += fmt::format("\n  {}: {}", path, one);
            continue;
        }
        intakes.push_back({path, sha256_hex(*text), std::move(*workspace)});
    }
    if (!wrong.empty()) {
        return fail(ErrorCode::kInvalid, "nothing was started, because of --import:" + wrong);
    }
    return intakes;
}

std::vector<Intake> not_taken_in(std::vector<Intake> intakes, const State& state) {
    std::erase_if(intakes,
                  [&](const Intake& intake) { return state.taken_in.contains(intake.digest); });
    return intakes;
}

std::chrono::microseconds clock_offset(std::optional<Instant> now,
                                       const std::vector<Intake>& intakes, const State& state,
                                       Instant machine_time) {
    if (now) return *now - machine_time;
    for (auto intake = intakes.rbegin(); intake != intakes.rend(); ++intake) {
        if (intake->workspace.clock) return *intake->workspace.clock - machine_time;
    }
    return state.clock_offset.value_or(std::chrono::microseconds(0));
}

}  // namespace dsm::compose
