#include "journal/segment_store.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "journal/piece_reader.hpp"
#include "journal/segment_name.hpp"
#include "journal/segment_scan.hpp"
#include "streamstats/base/mutant.hpp"

namespace streamstats::journal {
namespace {

file_failure no_numbers_left() {
    file_failure trouble;
    trouble.what = "the numbers of the journal's frames are used up";
    trouble.hint = "look for a segment with a wrong name";
    return trouble;
}

}  // namespace

result<std::unique_ptr<segment_store>, file_failure> segment_store::open(file_system& files,
                                                                         const writer_limits& limits,
                                                                         const recovered& found) {
    std::unique_ptr<segment_store> store(new segment_store(files, limits.segment_bytes));
    if (auto trouble = store->remove_leftover()) return std::move(*trouble);
    if (auto trouble = store->take_stock()) return std::move(*trouble);
    const auto tail = store->tail(found, limits.group_bytes_max);
    if (!tail) return tail.error();
    if (store->first_ >= lsn_max) return no_numbers_left();
    if (auto trouble = store->begin_with(tail.value())) return std::move(*trouble);
    // A disk that is full now may have room again when the next segment is needed.
    if (auto prepared = store->prepare(); prepared.for_ever) return std::move(*prepared.trouble);
    return store;
}

std::optional<file_failure> segment_store::remove_leftover() {
    auto trouble = files_.remove(std::string(next_segment_name));
    if (trouble && trouble->trouble == file_trouble::not_found) return std::nullopt;
    return trouble;
}

std::optional<file_failure> segment_store::take_stock() {
    const auto segments = list_segments(files_);
    if (!segments) return segments.error();
    for (const segment_name& which : segments.value()) {
        const auto bytes = files_.open(which.name);
        if (!bytes) return bytes.error();
        const auto size = bytes.value()->size();
        if (!size) return size.error();
        older_.push_back({which.first, size.value()});
    }
    return std::nullopt;
}

// The frames above `durable` have to be written again (rule 5). If the newest segment holds little, all of it is: else
// every start would leave a segment behind that is nearly empty.
result<std::vector<std::byte>, file_failure> segment_store::tail(const recovered& found, std::uint64_t compact_bytes) {
    std::vector<std::byte> frames;
    last_ = found.last;
    first_ = found.last + 1;
    if (older_.empty() || mutant::breaks("tail_is_written_again")) return frames;
    const segment newest = older_.back();
    const std::string name = name_of_segment(newest.first);
    const auto file = files_.open(name);
    if (!file) return file.error();
    piece_reader bytes(*file.value(), newest.bytes);
    const auto survey = survey_segment(bytes, name, newest.first);
    if (!survey) return survey.error();
    if (found.last > survey.value().last) return frames;  // the checkpoint is ahead of the journal
    last_ = survey.value().last;
    const bool all = survey.value().whole && survey.value().used_bytes <= compact_bytes;
    first_ = all ? newest.first : survey.value().durable + 1;
    segment_scan scan(bytes, newest.first, last_ + 1);
    for (;;) {
        const auto step = scan.next();
        if (!step) return step.error();
        if (step.value() != scan_step::frame) return frames;
        const frame_header& header = scan.header();
        if (header.number < first_) continue;
        append_frame(frames, header.kind, header.number, header.durable, scan.payload());
    }
}

// The name is given after the sync: a segment that has a name holds its tail.
std::optional<file_failure> segment_store::begin_with(bytes_view tail) {
    current_bytes_ = std::max<std::uint64_t>(segment_bytes_, tail.size());
    auto created = files_.create(std::string(next_segment_name), current_bytes_);
    if (!created) return created.error();
    current_ = std::move(created.value());
    if (!tail.empty()) {
        if (auto trouble = write(tail)) return trouble;
        const bool synced = !mutant::breaks("tail_is_synced_before_the_first_answer");
        if (auto trouble = synced ? sync() : std::nullopt) return trouble;
    }
    return put_in_place(first_);
}

std::optional<file_failure> segment_store::put_in_place(lsn first) {
    if (auto trouble = files_.rename(std::string(next_segment_name), name_of_segment(first))) return trouble;
    if (!older_.empty() && older_.back().first == first) older_.pop_back();  // replaced by what was just renamed
    if (mutant::breaks("directory_is_synced_after_a_rename")) return std::nullopt;
    return files_.sync_directory();
}

std::uint64_t segment_store::bytes() const {
    std::uint64_t sum = current_bytes_ + (next_ ? segment_bytes_ : 0);
    for (const segment& s : older_) sum += s.bytes;
    return sum;
}

std::optional<file_failure> segment_store::write(bytes_view frames) {
    assert(frames.size() <= room());
    auto trouble = current_->write(position_, frames);
    position_ += frames.size();
    return trouble;
}

std::optional<file_failure> segment_store::advance(lsn first) {
    assert(next_);
    older_.push_back({first_, current_bytes_});
    current_ = std::move(next_);
    first_ = first;
    current_bytes_ = segment_bytes_;
    position_ = 0;
    return put_in_place(first);
}

segment_store::preparation segment_store::prepare() {
    if (next_) return {};
    if (auto trouble = remove_leftover()) return {std::move(trouble), false};
    auto created =
        files_.create(std::string(next_segment_name), mutant::breaks("room_is_taken_in_advance") ? 0 : segment_bytes_);
    if (!created) return {created.error(), false};
    next_ = std::move(created.value());
    if (auto trouble = files_.sync_directory()) return {std::move(trouble), true};
    return {};
}

std::optional<file_failure> segment_store::trim(lsn upto) {
    bool removed = false;
    while (!older_.empty()) {
        const lsn end = older_.size() > 1 ? older_[1].first : first_;
        if (end - 1 > upto + (mutant::breaks("trim_keeps_what_is_needed") ? 1 : 0)) break;
        const auto trouble = files_.remove(name_of_segment(older_.front().first));
        if (trouble && trouble->trouble != file_trouble::not_found) break;
        older_.pop_front();
        removed = true;
    }
    return removed && !mutant::breaks("directory_is_synced_after_a_trim") ? files_.sync_directory() : std::nullopt;
}

}  // namespace streamstats::journal
