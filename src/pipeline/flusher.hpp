// Stays in touch with the store and brings the rows into it: the shell around flush_policy. Lives on the engine thread
// and hands every call to the store thread; at most one flush is under way.
//
// No row that is handed in is lost while the process lives: what could not be written waits, merged with what comes
// later.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/flush_policy.hpp"
#include "pipeline/journal_records.hpp"
#include "pipeline/pending_rows.hpp"
#include "pipeline/stage.hpp"
#include "streamstats/journal/journal.hpp"
#include "streamstats/pipeline/pipeline.hpp"

namespace streamstats::pipeline {

struct flusher_listener {
    // The store answered, at the start or after it was away; nothing has been written since.
    std::function<void(const store_position&)> contacted;
    // It did not.
    std::function<void(const store_failure&)> contact_failed;
    // A flush was written, or failed, or the store is back.
    std::function<void()> progressed;
    // Frames up to this one, which is ours, need not be replayed on our behalf.
    std::function<void(journal::lsn)> recorded;
    // The store is not the one that was written to: emptied, restored from a backup, or another one.
    std::function<void()> strange;
};

// What a flusher knows that is not in the store.
struct flusher_memory {
    std::uint64_t flush_number = 0;  // last one known stored; 0: none
    minute written_before{};
    minute complete_before{};
    std::optional<flush_record> in_hand;  // may be in the store or not; its revisions are not among the rows
    pending_rows rows;
};

struct flusher_status {
    bool up = false;
    instant away_since{};
    std::optional<store_failure> trouble;
    std::optional<instant> last_flush;
    std::optional<instant> rows_waiting_since;  // or since the last flush, if that was later
    std::uint64_t pending_rows = 0;
};

class flusher {
public:
    flusher(const pipeline_options& options, const pipeline_parts& parts, stage& stage, flusher_listener listener);

    // Where corrections are recorded before they go to the store. Before connect(); it outlives all calls.
    void record_in(journal::writer& log) { log_ = &log; }

    // Gets in touch; called once, at the start.
    void connect();
    // The retry alarm rang.
    void retry();
    // Another call to the store failed like this; gets in touch again if that means that the connection is lost.
    void note_failure(const store_failure& trouble);
    // As if it did. Only while no flush is under way.
    void lose_contact(const store_failure& trouble);
    // While it is on, waits are short: at the start and at the end somebody waits for us.
    void hurry(bool on);

    // Rows as the engine hands them out; every minute before `complete_before` was handed out by now.
    void add(std::vector<minute_row> rows, minute complete_before);
    // So many more rows would go into the next flush.
    [[nodiscard]] std::size_t room() const { return policy_.rows_max() - std::min(policy_.rows_max(), rows_.size()); }
    // An earlier run has written all minutes before `written_before`.
    void continue_from(minute written_before) { written_before_ = std::max(written_before_, written_before); }
    // What the store has of these minutes is not to be relied on (see pending_rows::clear_first).
    void clear_first(minute first, minute last);
    // Likewise, and what waits of minutes from `first` on is not either: all of it is handed out again.
    void begin_again(minute first, minute last);
    // Goes on where an earlier run stopped. Before connect().
    void resume(flusher_memory memory);
    // For a checkpoint: rows of minutes from `rows_before` on are left out.
    [[nodiscard]] flusher_memory memory(minute rows_before) const;
    // Writes what waits, if the store is there and no flush is in hand.
    void pump();

    [[nodiscard]] bool up() const { return link_ == link_state::up; }
    // It is, or has not been asked to the end for the first time.
    [[nodiscard]] bool may_be_up() const { return up() || !has_answered_; }
    // No row waits and none is under way.
    [[nodiscard]] bool idle() const { return rows_.empty() && !in_hand_; }
    [[nodiscard]] flusher_status status() const;

private:
    struct flush_in_hand {
        flush what;
        bool recorded = false;   // in the journal, or there is nothing to record
        bool under_way = false;  // to the journal or the store
    };
    enum class link_state : std::uint8_t { waiting, contacting, up };

    void contact();
    void contact_answered(const result<store_position, store_failure>& answer);
    void carry_out(const flush_decision& decision);
    void finish_in_hand();
    [[nodiscard]] bool must_be_recorded(const flush& what) const;
    void put_back_in_hand();
    void write_in_hand();
    void record_in_hand();
    void recorded(journal::append_outcome outcome, journal::lsn number);
    void write_answered(const std::optional<store_failure>& trouble);
    void wait_for_retry(milliseconds wait);
    void note_trouble(const store_failure& trouble);
    void count_stored(const flush& stored);
    void update_gauges();
    [[nodiscard]] std::uint64_t pending() const;
    [[nodiscard]] minute written_before_now() const;

    rollup_store& store_;
    telemetry::metrics& metrics_;
    const clock_source& clock_;
    stage& stage_;
    flusher_listener listener_;
    flush_policy policy_;
    journal::writer* log_ = nullptr;
    std::uint64_t last_recorded_ = 0;  // number of the newest flush in the journal

    link_state link_ = link_state::waiting;
    flush_action on_retry_ = flush_action::contact;
    bool hurry_ = false;
    bool has_answered_ = false;  // the store, if only with a failure
    instant away_since_;
    std::optional<store_failure> trouble_;

    pending_rows rows_;
    std::shared_ptr<flush_in_hand> in_hand_;  // shared with the call that is under way
    minute written_before_{};                 // as the store has it
    minute complete_before_{};
    clock_source::steady_point rows_ready_{};
    std::optional<instant> rows_waiting_since_;
    std::optional<instant> last_flush_;
};

}  // namespace streamstats::pipeline
