// The dimensions that rollups are broken down by (SEMANTICS 3) and the classes of user agents.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace streamstats {

enum class dimension : std::uint8_t { global, server, channel, country, protocol, user_agent_class };
inline constexpr std::size_t dimension_count = 6;

inline constexpr std::array<dimension, dimension_count> all_dimensions{
    dimension::global,  dimension::server,   dimension::channel,
    dimension::country, dimension::protocol, dimension::user_agent_class};

constexpr std::size_t index_of(dimension d) {
    return static_cast<std::size_t>(d);
}

// "server", "user_agent_class", …: the column of the value in its table.
constexpr std::string_view name_of(dimension d) {
    constexpr std::array<std::string_view, dimension_count> names{"global",  "server",   "channel",
                                                                  "country", "protocol", "user_agent_class"};
    return names[index_of(d)];
}

// What sort of thing plays, or pulls, a stream.
enum class user_agent_class : std::uint8_t { android, ios, tv, stb, streaming_server, desktop, other };
inline constexpr std::size_t user_agent_class_count = 7;

constexpr std::string_view name_of(user_agent_class c) {
    constexpr std::array<std::string_view, user_agent_class_count> names{"android",          "ios",     "tv",   "stb",
                                                                         "streaming_server", "desktop", "other"};
    return names[static_cast<std::size_t>(c)];
}

// Stands for an absent or empty value, and for values beyond STREAM_MAX_DIMENSION_VALUES.
inline constexpr std::string_view unknown_value = "unknown";
inline constexpr std::string_view other_value = "(other)";

}  // namespace streamstats
