#include "pipeline/recovery.hpp"

#include <algorithm>
#include <utility>

#include "pipeline/abandonable_files.hpp"
#include "pipeline/replay_guard.hpp"
#include "streamstats/base/mutant.hpp"
#include "streamstats/wire/event_codec.hpp"

namespace streamstats::pipeline {
namespace {

using journal::file_failure;
using journal::frame_header;
using journal::frame_kind;
using journal::visit_outcome;

file_failure failure_of(std::string what, std::string hint) {
    file_failure trouble;
    trouble.what = std::move(what);
    trouble.hint = std::move(hint);
    return trouble;
}

class recovering {
public:
    recovering(journal::file_system& files, const recovery_settings& settings)
        : files_(files), readable_(files, settings.abandon), settings_(settings) {}
    result<recovered_run, file_failure> run();

private:
    std::optional<file_failure> load_all();
    std::optional<file_failure> load_checkpoint();
    void load_frame(frame_kind kind, journal::bytes_view payload);
    std::optional<file_failure> replay();
    void replay_frame(const frame_header& header, journal::bytes_view payload);
    bool replay_batch(journal::bytes_view payload);
    bool replay_flush(journal::bytes_view payload);
    bool replay_run(journal::bytes_view payload);
    void hand_out();
    void settle_in_hand(bool stored);
    void take_out_in_hand();
    engine& core();

    journal::file_system& files_;
    abandonable_files readable_;  // the same, for the checkpoint and the frames
    const recovery_settings& settings_;
    recovered_run found_;
    bool understood_ = true;          // of the checkpoint
    bool in_hand_is_of_head_ = true;  // and not of a frame
    std::vector<journal::lsn> unreadable_;
};

result<recovered_run, file_failure> recovering::run() {
    auto trouble = load_all();
    // Whoever gave it up has no use for what stands in the way of going on.
    if (readable_.abandoned()) {
        recovered_run nothing;
        nothing.abandoned = true;
        return nothing;
    }
    if (trouble) return *std::move(trouble);
    return std::move(found_);
}

std::optional<file_failure> recovering::load_all() {
    if (auto trouble = load_checkpoint()) return trouble;
    if (auto trouble = replay()) return trouble;
    if (found_.made && !readable_.abandoned()) hand_out();
    return std::nullopt;
}

// Made when it is first needed: without a checkpoint, and without a frame, there is nothing to recover.
engine& recovering::core() {
    if (!found_.made) found_.made = std::make_unique<engine>(settings_.limits, settings_.secret, instant{});
    return *found_.made;
}

// ---- the checkpoint

std::optional<file_failure> recovering::load_checkpoint() {
    const auto state = journal::read_checkpoint(
        readable_, [this](frame_kind kind, journal::bytes_view payload) { load_frame(kind, payload); });
    if (!state) return state.error();
    switch (state.value()) {
        case journal::checkpoint_state::absent:
            return std::nullopt;
        case journal::checkpoint_state::newer_format:
            return failure_of("the checkpoint in " + files_.description() + " is of a newer version of streamstats",
                              "start that version again; nothing was changed");
        case journal::checkpoint_state::torn:
            found_.damage = "the checkpoint is damaged: the disk lost bytes that it had synced";
            return std::nullopt;
        case journal::checkpoint_state::whole:
            break;
    }
    if (found_.head.secret != settings_.secret.to_hex()) {
        return failure_of("the checkpoint in " + files_.description() + " was written under another secret",
                          "put back the file secret that belongs to it, or move the journal's files away");
    }
    if (!understood_ || !found_.made) {
        return failure_of("the checkpoint in " + files_.description() + " cannot be understood",
                          "was it written by another version? Nothing was changed");
    }
    found_.made->finish_loading();
    found_.unsure_from = found_.made->first_mutable();
    // Like those of the frames, its corrections wait until it turns out that it was stored. A whole row has them
    // already.
    found_.in_hand = std::exchange(found_.head.in_hand, std::nullopt);
    for (const minute at : found_.head.cleared) found_.rows.clear_first(at);
    return std::nullopt;
}

void recovering::load_frame(frame_kind kind, journal::bytes_view payload) {
    if (!understood_) return;
    found_.checkpoint_bytes += journal::frame_bytes(payload.size());
    if (kind == frame_kind::checkpoint_head) {
        auto head = checkpoint_head_from(payload);
        understood_ = head.has_value();
        if (head) found_.head = *std::move(head);
    } else if (kind == frame_kind::checkpoint_rows) {
        auto rows = rows_from(payload);
        understood_ = rows.has_value();
        if (rows) found_.rows.add(*std::move(rows));
    } else if (kind == frame_kind::checkpoint_sessions) {
        if (found_.head.secret != settings_.secret.to_hex()) return;  // said in load_checkpoint
        understood_ = core().load_picture_piece(payload);
    } else {
        understood_ = false;
    }
}

// ---- the frames behind it

std::optional<file_failure> recovering::replay() {
    replay_guard guard(files_, found_.head.applied);
    auto read = journal::read_journal(
        readable_, found_.head.applied + 1,
        [&](const frame_header& header, journal::bytes_view payload) {
            found_.journal_bytes += journal::frame_bytes(payload.size());
            if (guard.enter(header.number)) {
                replay_frame(header, payload);
                guard.leave();
            } else {
                guard.keep(header.number, payload);
            }
            return visit_outcome::go_on;
        },
        settings_.progress);
    if (read || readable_.abandoned()) guard.finish();
    if (!read) return read.error();
    found_.journal = std::move(read.value());
    found_.set_aside = guard.set_aside();
    for (const journal::lsn number : unreadable_) {
        found_.journal.gaps.push_back({number, number, "its content cannot be understood"});
    }
    const bool frames_alone = found_.checkpoint_bytes == 0 && found_.journal.last > 0;
    if (frames_alone && !found_.damage) found_.damage = "the checkpoint is missing, only the journal is there";
    if (found_.damage) core();  // a fresh start would forget that something was there
    return std::nullopt;
}

void recovering::replay_frame(const frame_header& header, journal::bytes_view payload) {
    bool understood = false;
    switch (header.kind) {
        case frame_kind::batch:
            understood = replay_batch(payload);
            break;
        case frame_kind::flush:
            understood = replay_flush(payload);
            break;
        case frame_kind::restart:
            understood = replay_run(payload);
            break;
        default:
            break;
    }
    if (!understood) unreadable_.push_back(header.number);
}

bool recovering::replay_batch(journal::bytes_view payload) {
    const auto batch = wire::decode_events(payload);
    if (!batch) return false;
    const bool by_the_clock = mutant::breaks("receipt_is_that_of_the_frame");
    const instant received = by_the_clock ? batch->received + minutes{2} : batch->received;
    core().advance(received);
    core().apply(batch->events, received);
    found_.events += batch->events.size();
    return true;
}

// That there is a newer flush settles the one before it.
bool recovering::replay_flush(journal::bytes_view payload) {
    auto newer = flush_record_from(payload);
    if (!newer) return false;
    if (mutant::breaks("flush_records_are_replayed")) return true;
    if (found_.in_hand) settle_in_hand(newer->number > found_.in_hand->number);
    found_.in_hand = std::move(newer);
    in_hand_is_of_head_ = false;
    return true;
}

// What the checkpoint had in hand is not among its rows; what flushes of later frames took is, and the engine has come
// to their corrections again.
void recovering::settle_in_hand(bool stored) {
    if (mutant::breaks("newer_record_settles_the_older")) stored = !stored;
    if (stored) found_.head.flush_number = found_.in_hand->number;
    if (in_hand_is_of_head_ && !stored) {
        found_.rows.put_back({.rows = found_.in_hand->revisions, .cleared = found_.in_hand->cleared});
    }
    if (!in_hand_is_of_head_ && stored) take_out_in_hand();
}

bool recovering::replay_run(journal::bytes_view payload) {
    const auto record = run_record_from(payload);
    if (!record) return false;
    if (!found_.made) {
        found_.made = std::make_unique<engine>(settings_.limits, settings_.secret, record->started);
    }
    // The other way round, minutes would become final for which nobody was there to receive events (SEMANTICS 4).
    if (!mutant::breaks("replayed_runs_begin")) core().begin_run(record->started);
    core().advance(record->started);
    return true;
}

// What the engine has for the store by now goes to the rows that wait.
void recovering::hand_out() {
    const bool nothing_since = found_.journal.frames == 0 && found_.journal.gaps.empty();
    auto changed = found_.made->take_changed(false);
    if (nothing_since && found_.head.rows_stored) {
        // All but the minute that was still growing.
        found_.unsure_from = std::max(*found_.unsure_from, found_.head.complete_before);
        if (mutant::breaks("minute_that_grew_is_cleared")) found_.unsure_from.reset();
        return;
    }
    found_.rows.add(std::move(changed));
    const bool kept_apart = !in_hand_is_of_head_ && !mutant::breaks("flush_in_hand_is_not_made_twice");
    if (found_.in_hand && kept_apart) take_out_in_hand();
}

// Rows of minutes that are cleared and written anew hold their corrections anyway. Of the others, what the engine has
// come to again goes to the rows that wait, behind the whole rows, to be subtracted there; all else stays in the
// engine.
void recovering::take_out_in_hand() {
    found_.rows.add(core().take_revisions(0));
    for (const minute_row& row : found_.in_hand->revisions) {
        if (found_.unsure_from && row.at >= *found_.unsure_from) continue;
        if (auto again = core().take_revision(row.at, row.dim, row.value)) found_.rows.add({*std::move(again)});
        found_.rows.subtract(row);
    }
    for (const minute at : found_.in_hand->cleared) found_.rows.clear_no_more(at);
}

}  // namespace

result<recovered_run, file_failure> recover(journal::file_system& files, const recovery_settings& settings) {
    return recovering(files, settings).run();
}

}  // namespace streamstats::pipeline
