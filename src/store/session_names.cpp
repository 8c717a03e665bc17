#include "store/session_names.hpp"

#include <array>

namespace streamstats::store {
namespace {

constexpr std::array<opened_source, 3> sources{opened_source::opened_at, opened_source::play_started,
                                               opened_source::first_event};

}  // namespace

std::string_view name_of(opened_source source) {
    switch (source) {
        case opened_source::opened_at:
            return "opened_at";
        case opened_source::play_started:
            return "play_started";
        case opened_source::first_event:
            return "first_event";
    }
    return "first_event";
}

opened_source opened_source_of(std::string_view name) {
    for (const opened_source source : sources) {
        if (name_of(source) == name) return source;
    }
    return opened_source::first_event;
}

user_agent_class user_agent_class_of(std::string_view name) {
    for (std::size_t i = 0; i < user_agent_class_count; ++i) {
        const auto candidate = static_cast<user_agent_class>(i);
        if (streamstats::name_of(candidate) == name) return candidate;
    }
    return user_agent_class::other;
}

}  // namespace streamstats::store
