#include "wire/agent_cache.hpp"

#include <functional>

#include "streamstats/wire/user_agent.hpp"

namespace streamstats::wire {

user_agent_class agent_cache::class_of(std::string_view user_agent) {
    if (user_agent.empty() || user_agent.size() > text_bytes_max) return classify(user_agent);
    entry& place = entries_[std::hash<std::string_view>{}(user_agent) % entries];
    if (place.text != user_agent) {
        place.value = classify(user_agent);
        place.text = user_agent;
    }
    return place.value;
}

}  // namespace streamstats::wire
