// Classes of User-Agents seen before: most texts repeat, and classifying is dear beside the rest of decoding.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "streamstats/base/dimension.hpp"

namespace streamstats::wire {

// Each text has a few places that it may be in, and takes one from the text that held it: so it is bounded, and texts
// chosen to collide cost no more than classifying.
class agent_cache {
public:
    user_agent_class class_of(std::string_view user_agent);

private:
    static constexpr unsigned set_bits = 9;
    static constexpr std::size_t sets = std::size_t{1} << set_bits;
    static constexpr std::size_t places = 4;            // in a set
    static constexpr std::size_t text_bytes_max = 512;  // longer texts are rare, and classified every time

    struct entry {
        std::uint64_t hash = 0;
        std::string text;
        user_agent_class value = user_agent_class::other;
    };
    std::vector<std::array<entry, places>> sets_{sets};
    std::size_t next_taken_ = 0;  // in the set that has to give a place
};

}  // namespace streamstats::wire
