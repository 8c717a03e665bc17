#include "wire/event_members.hpp"

namespace streamstats::wire {
namespace {

constexpr std::array<std::string_view, field_count> names{
    "event", "id",    "server",    "media",     "user_id",    "ip",     "user_agent", "country",
    "proto", "bytes", "opened_at", "closed_at", "updated_at", "utc_ms", "time",       "events"};

constexpr std::size_t places = 64;

constexpr std::size_t place_of(std::string_view name) {
    const auto first = static_cast<unsigned char>(name.front());
    const auto middle = static_cast<unsigned char>(name[name.size() / 2]);
    return (first + middle * 5U) % places;
}

// Each name has a place of its own, so that one comparison tells.
constexpr std::array<field, places> fields_by_place = [] {
    std::array<field, places> table{};
    table.fill(field::unknown_);
    for (std::size_t i = 0; i < names.size(); ++i) table[place_of(names[i])] = static_cast<field>(i);
    return table;
}();
static_assert(
    [] {
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (fields_by_place[place_of(names[i])] != static_cast<field>(i)) return false;
        }
        return true;
    }(),
    "two names share a place: change place_of()");

}  // namespace

std::string_view name_of(field f) {
    return f == field::unknown_ ? std::string_view{} : names[static_cast<std::size_t>(f)];
}

field field_named(std::string_view name) {
    if (name.empty()) return field::unknown_;
    const field candidate = fields_by_place[place_of(name)];
    return name_of(candidate) == name ? candidate : field::unknown_;
}

}  // namespace streamstats::wire
