#include "wire/event_members.hpp"

#include <algorithm>
#include <utility>

namespace streamstats::wire {
namespace {

constexpr std::array<std::string_view, field_count> names{
    "event", "id",    "server",    "media",     "user_id",    "ip",     "user_agent", "country",
    "proto", "bytes", "opened_at", "closed_at", "updated_at", "utc_ms", "time",       "events"};

static_assert(std::ranges::all_of(names, [](std::string_view name) {
    return name.size() >= packed_bytes_min && name.size() <= packed_bytes_max;
}));

}  // namespace

constinit const std::array<known_name, known_name_places> names_by_place = [] {
    std::array<known_name, known_name_places> table{};
    for (std::size_t i = 0; i < names.size(); ++i) {
        table[place_of(names[i])] = {packed(names[i]), names[i].size(), static_cast<field>(i)};
    }
    return table;
}();
static_assert(
    [] {
        std::array<bool, known_name_places> taken{};
        return std::ranges::none_of(names,
                                    [&](std::string_view name) { return std::exchange(taken[place_of(name)], true); });
    }(),
    "two names share a place: change place_of()");

std::string_view name_of(field f) {
    return f == field::unknown_ ? std::string_view{} : names[static_cast<std::size_t>(f)];
}

}  // namespace streamstats::wire
