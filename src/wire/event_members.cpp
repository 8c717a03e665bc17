#include "wire/event_members.hpp"

#include <algorithm>
#include <bit>

namespace streamstats::wire {
namespace {

constexpr std::array<std::string_view, field_count> names{
    "event", "id",    "server",    "media",     "user_id",    "ip",     "user_agent", "country",
    "proto", "bytes", "opened_at", "closed_at", "updated_at", "utc_ms", "time",       "events"};

// A name of up to 16 bytes as two numbers that overlap: comparing them is all it takes to know a name of this length.
struct packed_name {
    std::uint64_t head = 0;
    std::uint64_t tail = 0;

    friend constexpr bool operator==(const packed_name& a, const packed_name& b) {
        return ((a.head ^ b.head) | (a.tail ^ b.tail)) == 0;
    }
};

template <class Number>
constexpr Number number_at(const char* text) {
    std::array<char, sizeof(Number)> bytes{};
    std::copy_n(text, bytes.size(), bytes.begin());
    return std::bit_cast<Number>(bytes);
}

template <class Number>
constexpr packed_name pack(std::string_view name) {
    return {number_at<Number>(name.data()), number_at<Number>(name.data() + name.size() - sizeof(Number))};
}

constexpr std::size_t name_bytes_min = 2;
constexpr std::size_t name_bytes_max = 10;
static_assert(std::ranges::all_of(names, [](std::string_view name) {
    return name.size() >= name_bytes_min && name.size() <= name_bytes_max;
}));

constexpr packed_name packed(std::string_view name) {
    if (name.size() >= sizeof(std::uint64_t)) return pack<std::uint64_t>(name);
    if (name.size() >= sizeof(std::uint32_t)) return pack<std::uint32_t>(name);
    return pack<std::uint16_t>(name);
}

constexpr std::size_t places = 64;

constexpr std::size_t place_of(std::string_view name) {
    const auto first = static_cast<unsigned char>(name.front());
    const auto middle = static_cast<unsigned char>(name[name.size() / 2]);
    return (first + middle * 5U) % places;
}

struct known_name {
    packed_name name;
    std::size_t size = 0;
    field meant = field::unknown_;
};

// Each name has a place of its own, so that one comparison tells.
constexpr std::array<known_name, places> names_by_place = [] {
    std::array<known_name, places> table{};
    for (std::size_t i = 0; i < names.size(); ++i) {
        table[place_of(names[i])] = {packed(names[i]), names[i].size(), static_cast<field>(i)};
    }
    return table;
}();
static_assert(
    [] {
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (names_by_place[place_of(names[i])].meant != static_cast<field>(i)) return false;
        }
        return true;
    }(),
    "two names share a place: change place_of()");

}  // namespace

std::string_view name_of(field f) {
    return f == field::unknown_ ? std::string_view{} : names[static_cast<std::size_t>(f)];
}

field field_named(std::string_view name) {
    if (name.size() < name_bytes_min || name.size() > name_bytes_max) return field::unknown_;
    const known_name& candidate = names_by_place[place_of(name)];
    return candidate.size == name.size() && candidate.name == packed(name) ? candidate.meant : field::unknown_;
}

}  // namespace streamstats::wire
