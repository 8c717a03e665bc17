// What a start finds in the data directory: the checkpoint, and the frames behind it put through the engine again.
//
// The state is a pure function of the files: the time of receipt comes from the frame, never from a clock. What was on
// its way to the store is settled like this:
//   - Minutes that were mutable when the checkpoint was taken: their rows are all handed out again, and what the store
//     has of them is cleared first, so it does not matter which of them it had.
//   - Minutes that were final: the corrections of the checkpoint, plus those that the frames lead to, less those of
//     flushes that were stored (see flush_record). The newest of these flushes is in hand: its number decides.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/journal_records.hpp"
#include "pipeline/pending_rows.hpp"
#include "streamstats/engine/engine.hpp"
#include "streamstats/journal/journal.hpp"

namespace streamstats::pipeline {

struct recovered_run {
    bool abandoned = false;        // as was asked for: nothing else here counts, nothing may go on from it
    std::unique_ptr<engine> made;  // none: there was nothing to recover from
    checkpoint_head head;
    pending_rows rows;
    std::optional<minute> unsure_from;  // what the store has from this minute on is to be cleared
    std::optional<flush_record> in_hand;
    journal::recovered journal;

    std::uint64_t checkpoint_bytes = 0;
    std::uint64_t events = 0;             // of the frames behind the checkpoint
    std::uint64_t journal_bytes = 0;      // of the same frames
    std::vector<journal::lsn> set_aside;  // frames that ended the process whenever they were replayed
    std::optional<std::string> damage;    // of the checkpoint
};

struct recovery_settings {
    engine_limits limits;
    identity_secret secret;
    // Told bytes done and in all, now and then; may be empty.
    std::function<void(std::uint64_t, std::uint64_t)> progress;
    // Asked before each read, which is one of a few megabytes, and at the end; true: give it up. May be empty.
    std::function<bool()> abandon = nullptr;
};

// Does not change the files except for the mark of replay_guard, and what that sets aside.
result<recovered_run, journal::file_failure> recover(journal::file_system& files, const recovery_settings& settings);

}  // namespace streamstats::pipeline
