#include "witness.hpp"

#include <algorithm>

#include "streamstats/journal/journal.hpp"
#include "streamstats/wire/event_codec.hpp"

namespace streamstats::simulation {
namespace {

payload payload_of(const attempt& what) {
    std::vector<play_event> views;
    views.reserve(what.events.size());
    for (const testing::sent_event& event : what.events) views.push_back(testing::view_of(event));
    return wire::encode_events(views, what.received.value_or(instant{}));
}

}  // namespace

void witness::first_start(instant started, std::string& complaint) {
    if (!kept_.empty()) complaint += "the daemon starts as if it had never run\n";
    expected_.emplace(limits_, started);
    now_ = started;
}

void witness::run_began(instant started, minute first_mutable, std::string& complaint) {
    if (first_mutable < expected_->first_mutable()) complaint += "a minute that was final is not any more\n";
    if (first_mutable > expected_->first_mutable_at(std::max(now_, ended_))) {
        complaint += "a minute became final while there was no daemon\n";
    }
    expected_->begin_run(started, first_mutable);
    now_ = std::max(now_, started);
    expected_->advance(now_);
}

void witness::receive(const attempt& what) {
    now_ = std::max(now_, *what.received);
    expected_->advance(now_);
    for (const testing::sent_event& event : what.events) expected_->receive({event, *what.received});
}

void witness::acknowledged(const attempt& what) {
    kept_.insert(payload_of(what));
    receive(what);
}

void witness::refused(const attempt& what) {
    if (what.received) never_.insert(payload_of(what));
}

void witness::unanswered(attempt what) {
    if (what.received) undecided_.push_back(std::move(what));
}

void witness::look_at(const testing::memory_disk& disk, std::string& complaint) {
    testing::memory_disk copy(1);
    for (const std::string& name : disk.names()) {
        if (name.ends_with(".seg")) copy.put(name, disk.content(name));
    }
    const auto visit = [&](const journal::frame_header& header, journal::bytes_view bytes) {
        const payload content(bytes.begin(), bytes.end());
        if (header.kind == journal::frame_kind::batch) look_at_batch(content, complaint);
        return journal::visit_outcome::go_on;
    };
    const auto found = journal::read_journal(copy, 0, visit, nullptr);
    if (!found) complaint += "the journal cannot be read: " + found.error().what + "\n";
    for (const attempt& lost : undecided_) never_.insert(payload_of(lost));
    undecided_.clear();
}

void witness::look_at_batch(const payload& bytes, std::string& complaint) {
    if (kept_.contains(bytes)) return;
    const auto found = std::ranges::find_if(undecided_, [&](const attempt& one) { return payload_of(one) == bytes; });
    if (found == undecided_.end()) {
        complaint += never_.contains(bytes) ? "a batch that was refused, or was not there, is in the journal\n"
                                            : "a batch that nobody sent is in the journal\n";
        return;
    }
    acknowledged(*found);
    undecided_.erase(found);
}

const testing::expectation& witness::as_of(instant now) {
    now_ = std::max(now_, now);
    expected_->advance(now_);
    return *expected_;
}

}  // namespace streamstats::simulation
