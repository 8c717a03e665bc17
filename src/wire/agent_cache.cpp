#include "wire/agent_cache.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "streamstats/wire/user_agent.hpp"

namespace streamstats::wire {

user_agent_class agent_cache::class_of(std::string_view user_agent) {
    if (user_agent.empty() || user_agent.size() > text_bytes_max) return classify(user_agent);
    entry& place = entries_[XXH3_64bits(user_agent.data(), user_agent.size()) % entries];
    if (place.text != user_agent) {
        place.value = classify(user_agent);
        place.text = user_agent;
    }
    return place.value;
}

}  // namespace streamstats::wire
