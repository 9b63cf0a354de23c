// A text column that may be NULL, as SOCI wants it: the text and an indicator.
#pragma once

#include <soci/soci.h>

#include <optional>
#include <string>

namespace dsm::chronicle {

struct Nullable {
    Nullable() = default;
    explicit Nullable(const std::optional<std::string>& given)
        : text(given.value_or("")), indicator(given ? soci::i_ok : soci::i_null) {}

    std::optional<std::string> value() const {
        return indicator == soci::i_ok ? std::optional(text) : std::nullopt;
    }

    std::string text;
    soci::indicator indicator = soci::i_null;
};

}  // namespace dsm::chronicle
