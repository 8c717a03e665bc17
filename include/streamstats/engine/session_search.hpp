// A search among the open sessions, a page at a time. Pure values; see engine::search.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "streamstats/base/dimension.hpp"
#include "streamstats/base/session_row.hpp"

namespace streamstats {

enum class session_sort : std::uint8_t { opened_at, bytes };

// Where a page ended: what comes after it is on the next one. Equal ranks are in the order of server, then id (then
// key: the servers that share `(other)` may use the same ids).
struct session_position {
    std::int64_t rank = 0;  // milliseconds since 1970, or bytes
    std::string server;
    std::string id;
    session_key key{};

    friend bool operator==(const session_position&, const session_position&) = default;
};

struct session_query {
    std::array<std::optional<std::string>, dimension_count>
        values;                       // by dimension, global left out: only with this one
    std::optional<std::string> user;  // only with this session_row::user
    std::optional<std::string> id;
    session_sort sort = session_sort::opened_at;
    bool descending = true;
    std::size_t limit = 50;  // at least 1
    std::optional<session_position> after;
};

struct session_page {
    std::vector<session_row> sessions;     // in order
    std::optional<session_position> next;  // nothing: there are no more
};

// What is looked for, and how far the engine has come.
struct session_search {
    session_query asked;

    // The engine's own. Of what was found, the best are kept: some more of them than the limit.
    struct candidate {
        std::int64_t rank = 0;
        session_key key{};
        std::uint32_t place = 0;
    };
    std::uint32_t next_place = 0;
    std::vector<candidate> found;
    std::optional<session_position> last;  // what comes after it is left for the next page
};

}  // namespace streamstats
