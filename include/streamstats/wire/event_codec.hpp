// Accepted events as bytes and back: what the journal keeps of a request. Pure; any thread.
//
// The form is our own and compact (varints, texts with their length in front), about a third of the JSON. It is part of
// the journal's format: docs/journal.md describes it, and a change of it needs a new number in its first byte.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "streamstats/base/play_event.hpp"
#include "streamstats/base/time.hpp"

namespace streamstats::wire {

// The events of one request, in order, with the time of their receipt: at once, or later.
std::vector<std::byte> encode_events(std::span<const play_event> events, instant received = {});
void stamp_receipt(std::span<std::byte> encoded, instant received);
// What encode_events may take for them, in bytes.
std::size_t encoded_bytes_at_most(std::span<const play_event> events);

struct decoded_events {
    instant received{};
    std::vector<play_event> events;  // views into the bytes they were decoded from
};

// Nothing if the bytes are not what encode_events makes: cut short, too long, a number out of range.
std::optional<decoded_events> decode_events(std::span<const std::byte> bytes);

}  // namespace streamstats::wire
