// The one table of what can be configured: loading, its errors, the nearest-name warning and config/streamstats.env all
// walk it. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "streamstats/config/settings.hpp"

namespace streamstats::config {

struct option {
    using field = std::variant<std::int64_t settings::*, seconds settings::*, std::string settings::*>;

    std::string_view name;
    std::string_view meaning;
    field member;
    std::int64_t smallest;  // of a number; of the length of a text in bytes
    std::int64_t largest;
    std::string_view choices = {};  // "text json": the only texts allowed
    bool secret = false;            // never shown, and may be given as NAME_FILE
};

std::span<const option> options();

// Puts `text` into its field, or says which rule it breaks: "must be a whole number from 0 to 3600".
std::optional<std::string> assign(const option& which, std::string_view text, settings& into);
std::string text_of(const option& which, const settings& from);

// The known name that takes the fewest letters added and left out; the first of equals.
std::string nearest_name(std::string_view unknown);

}  // namespace streamstats::config
