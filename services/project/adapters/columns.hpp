// Nullable columns and dates between SOCI and our values. For .cpp files of the SQL adapters only.
#pragma once

#include <soci/soci.h>

#include <optional>
#include <string>

#include "libs/base/time.hpp"

namespace dsm::project {

/// A nullable column, to read into (`into`) or to bind: soci::use(x.value, x.state, "name"),
/// written out because SOCI keeps a reference to the name until the statement is made.
template <class T>
struct Nullable {
    T value{};
    soci::indicator state = soci::i_null;

    Nullable() = default;
    explicit Nullable(const std::optional<T>& from)
        : value(from.value_or(T{})), state(from ? soci::i_ok : soci::i_null) {}

    std::optional<T> get() const {
        return state == soci::i_ok ? std::optional<T>(value) : std::nullopt;
    }
    auto into() { return soci::into(value, state); }
};

/// A stored date is one that we wrote; anything else is a damaged store.
inline Date stored_date(const std::string& text) {
    const auto date = parse_date(text);
    if (!date) throw soci::soci_error("a stored date is no date");
    return *date;
}

inline bool exists(soci::session& session, const char* statement, const std::string& id) {
    int found = 0;
    session << statement, soci::use(id, "id"), soci::into(found);
    return session.got_data();
}

constexpr const char* kProjectExists = "SELECT 1 FROM projects WHERE id = :id";

}  // namespace dsm::project
