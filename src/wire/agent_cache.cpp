#include "wire/agent_cache.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "streamstats/wire/user_agent.hpp"

namespace streamstats::wire {

user_agent_class agent_cache::class_of(std::string_view user_agent) {
    if (user_agent.empty() || user_agent.size() > text_bytes_max) return classify(user_agent);
    const std::uint64_t hash = XXH3_64bits(user_agent.data(), user_agent.size());
    std::array<entry, places>& set = sets_[hash % sets];
    for (const entry& one : set) {
        if (one.hash == hash && one.text == user_agent) return one.value;
    }
    entry& taken = set[next_taken_++ % places];
    taken.value = classify(user_agent);
    taken.hash = hash;
    taken.text = user_agent;
    return taken.value;
}

}  // namespace streamstats::wire
