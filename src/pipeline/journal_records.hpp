// What the pipeline keeps in the journal and in the checkpoint besides events: the payloads of the frames of its own
// kinds. docs/journal.md describes them; a change needs a new number in their first byte. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "streamstats/base/minute_row.hpp"
#include "streamstats/base/time.hpp"
#include "streamstats/journal/frame.hpp"

namespace streamstats::pipeline {

using record_bytes = std::vector<std::byte>;

// A run of the daemon begins (frame_kind::restart).
struct run_record {
    instant started{};
};

// What a numbered flush does to the store that must not be done twice (frame_kind::flush): written before the store is,
// so that a flush whose fate a crash left open can be settled by its number. A later record with a greater number says
// that this flush was stored; one with the same number or a smaller one, that it was not.
struct flush_record {
    std::uint64_t number = 0;
    minute written_before{};
    std::vector<minute> cleared;
    std::vector<minute_row> revisions;
};

// The beginning of a checkpoint (frame_kind::checkpoint_head). Behind it come the rows that the store lacks
// (checkpoint_rows) and the pieces of the engine's picture (checkpoint_sessions), in this order.
struct checkpoint_head {
    journal::lsn applied = 0;             // frames up to this one are in the checkpoint
    std::string secret;                   // hex; everything is keyed by it
    std::uint64_t flush_number = 0;       // last one known stored; 0: none yet
    minute written_before{};              // see flush
    minute complete_before{};             // rows of minutes before this one were handed out
    bool rows_stored = false;             // the store has all rows, and gets no others from this run
    bool sessions_stored = false;         // likewise of active_sessions
    std::vector<minute> cleared;          // to be cleared, of minutes whose rows are in the checkpoint
    std::optional<flush_record> in_hand;  // on its way to the store
};

record_bytes to_payload(const run_record& record);
record_bytes to_payload(const flush_record& record);
record_bytes to_payload(const checkpoint_head& head);
record_bytes to_payload(std::span<const minute_row> rows);

// Nothing if the bytes are not what to_payload makes.
std::optional<run_record> run_record_from(journal::bytes_view bytes);
std::optional<flush_record> flush_record_from(journal::bytes_view bytes);
std::optional<checkpoint_head> checkpoint_head_from(journal::bytes_view bytes);
std::optional<std::vector<minute_row>> rows_from(journal::bytes_view bytes);

}  // namespace streamstats::pipeline
