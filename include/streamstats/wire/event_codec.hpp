// Accepted events as bytes and back: what the journal keeps of a request. Pure; any thread.
//
// The form is our own and compact (varints, texts with their length in front), about a third of the JSON. It is part of
// the journal's format: docs/journal.md describes it, and a change of it needs a new number in its first byte.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "streamstats/base/play_event.hpp"
#include "streamstats/base/time.hpp"

namespace streamstats::wire {

// The record of a request begins with its version and the time of receipt, always in as many bytes; behind it come the
// events as their batch keeps them (batch::encoded).
using record_lead = std::array<std::byte, 8>;
record_lead lead_of(instant received);

// The whole record, made of events that may lie anywhere.
std::vector<std::byte> encode_events(std::span<const play_event> events, instant received = {});

struct decoded_events {
    instant received{};
    std::vector<play_event> events;  // views into the bytes they were decoded from
};

// Nothing if the bytes are not what encode_events makes: cut short, too long, a number out of range.
std::optional<decoded_events> decode_events(std::span<const std::byte> bytes);

}  // namespace streamstats::wire
