// Lengths are part of what is hashed, so that no two rows spell the same bytes.
#include "services/project/core/project.hpp"

#include "libs/base/digest.hpp"

namespace dsm::project {

std::string content_id(const Pto& pto) {
    const std::string reason = pto.reason ? "=" + *pto.reason : "";
    const std::string hex =
        sha256_hex(std::to_string(pto.employee_id.size()) + ":" + pto.employee_id +
                   format_date(pto.start) + format_date(pto.end) + reason);
    // RFC 9562: version 8 is for hashes of one's own, the variant is 10xx.
    return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-8" + hex.substr(13, 3) + "-a" +
           hex.substr(17, 3) + "-" + hex.substr(20, 12);
}

}  // namespace dsm::project
