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
    if (auto trouble = store->remove_leftovers()) return std::move(*trouble);
    if (auto trouble = store->take_stock()) return std::move(*trouble);
    auto tail = store->tail(found, limits.group_bytes_max);
    if (!tail) return tail.error();
    if (store->first_ >= lsn_max) return no_numbers_left();
    if (auto trouble = store->begin_with(tail.value())) return std::move(*trouble);
    // A disk that is full now may have room again when the next segment is needed.
    if (auto prepared = store->prepare(); prepared.for_ever) return std::move(*prepared.trouble);
    return store;
}

std::optional<file_failure> segment_store::remove_leftovers() {
    const auto names = files_.list();
    if (!names) return names.error();
    for (const std::string& name : names.value()) {
        if (name != next_segment_name && !is_spare_segment(name)) continue;
        if (auto trouble = files_.remove(name)) return trouble;
    }
    return std::nullopt;
}

std::optional<file_failure> segment_store::take_stock() {
    const auto segments = list_segments(files_);
    if (!segments) return segments.error();
    for (const segment_name& which : segments.value()) {
        const auto bytes = files_.open(which.name);
        if (!bytes) return bytes.error();
        const auto size = bytes.value()->size();
        if (!size) return size.error();
        older_.push_back({which.first, size.value(), false});
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
std::optional<file_failure> segment_store::begin_with(const std::vector<std::byte>& tail) {
    current_bytes_ = std::max<std::uint64_t>(segment_bytes_, tail.size());
    reusable_ = tail.empty() && current_bytes_ == segment_bytes_;
    auto created = files_.create(std::string(next_segment_name), current_bytes_);
    if (!created) return created.error();
    current_ = std::move(created.value());
    if (!tail.empty()) {
        std::copy(tail.begin(), tail.end(), buffer_.add(tail.size()));
        if (auto trouble = write()) return trouble;
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
    std::uint64_t sum = current_bytes_ + segment_bytes_ * (spares_.size() + (next_ ? 1 : 0));
    for (const segment& s : older_) sum += s.bytes;
    return sum;
}

void segment_store::add(frame_kind kind, lsn number, lsn durable, const payload& what) {
    assert(frame_bytes(what.size()) <= room());
    std::byte* const at = buffer_.add(static_cast<std::size_t>(frame_bytes(what.size())));
    added_ = true;
    const bool misleads = write_frame(at, kind, number, durable, what.lead(), what.rest());
    if (misleads && !mutant::breaks("false_beginnings_are_not_left")) reusable_ = false;
}

// Whole blocks, so that nothing has to be read first of what lies behind the frames, and the page cache can be passed
// by. A header's length of zeros at least says that nothing follows.
std::optional<file_failure> segment_store::write() {
    constexpr std::uint64_t block = block_buffer::block_bytes;
    const std::uint64_t end = begin_ + buffer_.size();
    const std::uint64_t padded = (end + frame_header_bytes + block - 1) / block * block;
    auto trouble =
        current_->write(begin_, buffer_.padded_to(static_cast<std::size_t>(std::min(padded, current_bytes_) - begin_)));
    begin_ += buffer_.drop_full_blocks();
    added_ = false;
    return trouble;
}

std::optional<file_failure> segment_store::advance(lsn first) {
    assert(next_);
    older_.push_back({first_, current_bytes_, reusable_});
    reusable_ = true;
    current_ = std::move(next_);
    first_ = first;
    current_bytes_ = segment_bytes_;
    buffer_.clear();
    begin_ = 0;
    return put_in_place(first);
}

segment_store::preparation segment_store::prepare() {
    if (next_) return {};
    auto prepared = make_next();
    if (!prepared) return {prepared.error(), false};
    next_ = std::move(prepared.value());
    if (auto trouble = files_.sync_directory()) return {std::move(trouble), true};
    return {};
}

result<std::unique_ptr<file>, file_failure> segment_store::create_next() {
    // An attempt whose directory could not be synced may have left one.
    if (auto trouble = files_.remove(std::string(next_segment_name)); trouble && !trouble->is_absence())
        return *trouble;
    return files_.create(std::string(next_segment_name),
                         mutant::breaks("room_is_taken_in_advance") ? 0 : segment_bytes_);
}

// A spare one that nobody reads: as nobody opens it by its new name, that stays so.
result<std::unique_ptr<file>, file_failure> segment_store::make_next() {
    const std::string next{next_segment_name};
    while (!spares_.empty()) {
        const std::string spare = std::move(spares_.back());
        spares_.pop_back();  // in any case: who knows under which name it is if this fails
        if (files_.in_use(spare)) {
            if (auto trouble = files_.remove(spare)) return std::move(*trouble);
        } else if (auto trouble = files_.rename(spare, next)) {
            return std::move(*trouble);
        } else {
            return files_.open(next);
        }
    }
    return create_next();
}

std::optional<file_failure> segment_store::let_go(const segment& which) {
    const std::string name = name_of_segment(which.first);
    const bool reusable = which.reusable || mutant::breaks("only_clean_segments_are_reused");
    if (!reusable) return files_.remove(name);
    std::string spare = name_of_spare(which.first);
    if (auto trouble = files_.rename(name, spare)) return trouble;
    spares_.push_back(std::move(spare));
    return std::nullopt;
}

void segment_store::remove_spares_beyond(std::size_t count) {
    while (spares_.size() > count) {
        if (const auto trouble = files_.remove(spares_.back()); trouble && !trouble->is_absence()) return;
        spares_.pop_back();
    }
}

std::optional<file_failure> segment_store::trim(lsn upto) {
    std::size_t count = 0;
    while (!older_.empty()) {
        const lsn end = older_.size() > 1 ? older_[1].first : first_;
        if (end - 1 > upto + (mutant::breaks("trim_keeps_what_is_needed") ? 1 : 0)) break;
        const auto trouble = let_go(older_.front());
        if (trouble && !trouble->is_absence()) break;
        older_.pop_front();
        ++count;
    }
    const bool changed = count > 0 || spares_.size() > count;
    remove_spares_beyond(count);
    return changed && !mutant::breaks("directory_is_synced_after_a_trim") ? files_.sync_directory() : std::nullopt;
}

}  // namespace streamstats::journal
