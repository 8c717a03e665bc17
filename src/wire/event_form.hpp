// How one event is written: the record of a request is a row of these (docs/journal.md). Pure; any thread.
#pragma once

#include <cstddef>

#include "streamstats/base/play_event.hpp"

namespace streamstats::wire {

// In the order in which they are written.
template <class Event, class Visit>
void visit_texts(Event& event, Visit visit) {
    visit(event.server);
    visit(event.id);
    visit(event.channel);
    visit(event.country);
    visit(event.protocol);
    visit(event.user_id);
    visit(event.ip);
    visit(event.user_agent);
}

std::size_t written_bytes_at_most(const play_event& event);
// Lets the event's texts be those that were written, wherever they were before. Returns the end.
std::byte* write_event(std::byte* to, play_event& event);

}  // namespace streamstats::wire
