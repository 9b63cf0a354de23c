#include "libs/sql/postgresql/schema_name.hpp"

namespace dsm::sql {

std::string schema_name(const std::string& service) {
    std::string schema;
    for (const char c : service) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        schema += plain ? c : '_';
    }
    return schema.empty() || (schema[0] >= '0' && schema[0] <= '9') ? "dsm_" + schema : schema;
}

}  // namespace dsm::sql
