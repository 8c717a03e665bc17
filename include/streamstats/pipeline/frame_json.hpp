// What is in a frame of the journal or the checkpoint, as one line of JSON for people and scripts. Pure; any thread.
#pragma once

#include <optional>
#include <string>

#include "streamstats/journal/frame.hpp"

namespace streamstats::pipeline {

// An object with what the kind of frame holds: {"received":…,"events":[…]}, {"started":…}, {"flush":…,"revisions":[…]}.
// Pieces of sessions only tell their size. What cannot be understood: {"unreadable":true,"bytes":n}.
std::string frame_json(journal::frame_kind kind, journal::bytes_view payload);
// Of the head of a checkpoint: the last frame that the checkpoint holds.
std::optional<journal::lsn> applied_by(journal::bytes_view checkpoint_head);
// "batch", "flush", "restart", "checkpoint_head" …
const char* name_of(journal::frame_kind kind);

}  // namespace streamstats::pipeline
