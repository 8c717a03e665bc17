#include "journal/small_daemon.hpp"

#include <algorithm>

namespace streamstats::testing {

using journal::append_outcome;
using journal::checkpoint_state;
using journal::frame_kind;
using journal::lsn;

namespace {

constexpr std::uint64_t ids_per_checkpoint_frame = 10;

std::uint64_t number_in(journal::bytes_view payload, std::size_t at) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < 8; ++i) value |= static_cast<std::uint64_t>(payload[at + i]) << (8 * i);
    return value;
}

void put_number(bytes& into, std::uint64_t value) {
    for (unsigned i = 0; i < 8; ++i) into.push_back(static_cast<std::byte>(value >> (8 * i)));
}

}  // namespace

void ledger::complain(const std::string& what) {
    if (complaint.empty()) complaint = what;
}

void small_daemon::add(std::uint64_t id) {
    if (id == 0 || id >= told_.next_id) told_.complain("a payload was never given, or is wrong");
    if (!state_.insert(id).second) told_.complain("id " + std::to_string(id) + " counts twice");
}

bool small_daemon::load_checkpoint() {
    const auto visit = [&](frame_kind kind, journal::bytes_view payload) {
        if (kind == frame_kind::checkpoint_head) {
            applied_ = number_in(payload, 0);
            return;
        }
        for (std::size_t at = 0; at < payload.size(); at += 8) add(number_in(payload, at));
    };
    const auto state = journal::read_checkpoint(disk_, visit);
    if (!state) return false;
    if (state.value() == checkpoint_state::torn) told_.complain("the checkpoint is torn");
    return true;
}

bool small_daemon::load_journal() {
    const auto visit = [&](const journal::frame_header& header, journal::bytes_view payload) {
        if (header.number != applied_ + 1)
            told_.complain("frame " + std::to_string(header.number) + " is not the next");
        applied_ = header.number;
        add(id_of(payload));
        return journal::visit_outcome::go_on;
    };
    const auto found = journal::read_journal(disk_, applied_ + 1, visit, nullptr);
    if (!found) return false;
    found_ = found.value();
    if (!found_.gaps.empty()) {
        told_.complain("a gap is reported from frame " + std::to_string(found_.gaps[0].first) + ", " +
                       found_.gaps[0].where);
    }
    if (found_.last != applied_) told_.complain("the last frame is not the last that was found");
    return true;
}

void small_daemon::hold_against_ledger() {
    for (const std::uint64_t id : told_.promised) {
        if (state_.count(id) == 0) return told_.complain("id " + std::to_string(id) + " was acknowledged and is lost");
    }
    for (const std::uint64_t id : told_.refused) {
        if (state_.count(id) > 0) return told_.complain("id " + std::to_string(id) + " was refused and is there");
    }
}

bool small_daemon::start() {
    if (!load_checkpoint() || !load_journal()) return false;
    hold_against_ledger();
    auto opened = journal::writer::open(disk_, limits_, found_);
    if (!opened) return false;
    writer_ = std::move(opened.value());
    told_.promised = state_;
    return true;
}

// One group: from inside an answer nothing can be taken in between.
bool small_daemon::take(std::uint64_t count, std::size_t payload_bytes) {
    answers got;
    const std::uint64_t first = told_.next_id;
    told_.next_id += count;
    const auto append_all = [&, first, count](append_outcome, lsn) {
        for (std::uint64_t id = first; id < first + count; ++id) {
            writer_->append(frame_kind::batch, payload_of(id, payload_bytes), got.take(id));
        }
    };
    writer_->append(frame_kind::batch, bytes(static_cast<std::size_t>(limits_.segment_bytes)), append_all);
    bool alive = true;
    std::uint64_t expected = first;
    for (const answers::one& one : got.wait_for(static_cast<std::size_t>(count))) {
        if (one.id != expected++) told_.complain("answers are not in the order of the calls");
        if (one.outcome == append_outcome::failed) alive = false;
        if (one.outcome == append_outcome::no_room || one.outcome == append_outcome::overloaded) {
            told_.refused.insert(one.id);
        }
        if (one.outcome != append_outcome::durable) continue;
        if (one.number != ++applied_) told_.complain("numbers have a hole");
        told_.promised.insert(one.id);
        add(one.id);
    }
    return alive;
}

bool small_daemon::write_state(journal::checkpoint_writer& to) {
    bytes head;
    put_number(head, applied_);
    if (to.add(frame_kind::checkpoint_head, head)) return false;
    bytes ids;
    for (const std::uint64_t id : state_) {
        put_number(ids, id);
        if (ids.size() < ids_per_checkpoint_frame * 8) continue;
        if (to.add(frame_kind::checkpoint_sessions, ids)) return false;
        ids.clear();
    }
    return !to.add(frame_kind::checkpoint_sessions, ids);
}

bool small_daemon::checkpoint() {
    const auto draft = journal::checkpoint_writer::begin(disk_);
    if (!draft) return draft.error().trouble == journal::file_trouble::no_room;
    if (!write_state(*draft.value())) return disk_.powered();
    if (draft.value()->commit()) return disk_.powered();
    writer_->trim(applied_);
    return take(1, 32);  // written after the segments are removed
}

}  // namespace streamstats::testing
