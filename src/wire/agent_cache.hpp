// Classes of User-Agents seen before: most texts repeat, and classifying is dear beside the rest of decoding.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "streamstats/base/dimension.hpp"

namespace streamstats::wire {

// Each text has one place, and takes it from the text that held it: so it is bounded, and texts chosen to collide
// cost no more than classifying.
class agent_cache {
public:
    user_agent_class class_of(std::string_view user_agent);

private:
    static constexpr std::size_t entries = 2'048;
    static constexpr std::size_t text_bytes_max = 512;  // longer texts are rare, and classified every time

    struct entry {
        std::string text;
        user_agent_class value = user_agent_class::other;
    };
    std::vector<entry> entries_{entries};
};

}  // namespace streamstats::wire
