#include <algorithm>
#include <utility>

#include "journal/piece_reader.hpp"
#include "journal/segment_name.hpp"
#include "journal/segment_scan.hpp"
#include "streamstats/base/mutant.hpp"
#include "streamstats/journal/journal.hpp"

namespace streamstats::journal {
namespace {

using visitor = std::function<visit_outcome(const frame_header&, bytes_view)>;
using progress_listener = std::function<void(std::uint64_t, std::uint64_t)>;

struct open_segment {
    segment_name which;
    std::uint64_t size = 0;
    std::unique_ptr<file> bytes;
};

class journal_reading {
public:
    journal_reading(file_system& files, lsn from, const visitor& visit, const progress_listener& progress)
        : files_(files), from_(from), visit_(visit), progress_(progress) {}

    result<recovered, file_failure> run();

private:
    std::optional<file_failure> choose_segments();
    result<open_segment, file_failure> open(const segment_name& which) const;
    // The number behind the last frame of segment `index` that counts.
    result<lsn, file_failure> end_of(std::size_t index, piece_reader& bytes);
    std::optional<file_failure> read(std::size_t index);
    std::optional<file_failure> walk(segment_scan& scan, const segment_name& which, lsn end);
    void miss(lsn first, lsn end, std::string where);
    void tell_progress(std::uint64_t within);

    file_system& files_;
    lsn from_;
    const visitor& visit_;
    const progress_listener& progress_;

    std::vector<segment_name> segments_;
    std::vector<std::uint64_t> sizes_;
    std::uint64_t bytes_before_ = 0;  // in the segments that are done
    std::uint64_t bytes_in_all_ = 0;
    recovered found_;
    bool stopped_ = false;
};

std::optional<file_failure> journal_reading::choose_segments() {
    auto all = list_segments(files_);
    if (!all) return all.error();
    auto& segments = all.value();
    // A segment is needed unless the next one begins at `from` or before.
    while (segments.size() > 1 && segments[1].first <= from_) segments.erase(segments.begin());
    segments_ = std::move(segments);
    for (const segment_name& which : segments_) {
        const auto segment = open(which);
        if (!segment) return segment.error();
        sizes_.push_back(segment.value().size);
        bytes_in_all_ += segment.value().size;
    }
    return std::nullopt;
}

result<open_segment, file_failure> journal_reading::open(const segment_name& which) const {
    auto bytes = files_.open(which.name);
    if (!bytes) return bytes.error();
    const auto size = bytes.value()->size();
    if (!size) return size.error();
    return open_segment{which, size.value(), std::move(bytes.value())};
}

result<lsn, file_failure> journal_reading::end_of(std::size_t index, piece_reader& bytes) {
    // What an older segment holds from there on was written again to the next one, or never counted.
    if (index + 1 < segments_.size()) return segments_[index + 1].first;
    const auto survey = survey_segment(bytes, segments_[index].name, segments_[index].first);
    if (!survey) return survey.error();
    found_.torn_bytes = survey.value().torn_bytes;
    return survey.value().last + 1;
}

void journal_reading::miss(lsn first, lsn end, std::string where) {
    first = std::max(first, from_);
    if (first < end && !mutant::breaks("gap_is_reported")) found_.gaps.push_back({first, end - 1, std::move(where)});
}

void journal_reading::tell_progress(std::uint64_t within) {
    if (progress_) progress_(bytes_before_ + within, bytes_in_all_);
}

std::optional<file_failure> journal_reading::walk(segment_scan& scan, const segment_name& which, lsn end) {
    std::uint64_t told = 0;
    while (!stopped_) {
        const lsn expected = scan.expected();
        const std::uint64_t position = scan.position();
        const std::string where = which.name + " at byte " + std::to_string(position);
        const auto step = scan.next();
        if (!step) return step.error();
        if (step.value() == scan_step::newer_format) return newer_format_failure(which.name, position);
        if (step.value() == scan_step::end) {
            miss(expected, end, where);
            break;
        }
        const frame_header& header = scan.header();
        miss(expected, header.number, where);
        found_.last = std::max(found_.last, header.number);
        if (header.number < from_) continue;
        ++found_.frames;
        stopped_ = visit_(header, scan.payload()) == visit_outcome::stop;
        if (scan.position() - told >= piece_reader::piece_bytes) tell_progress(told = scan.position());
    }
    return std::nullopt;
}

std::optional<file_failure> journal_reading::read(std::size_t index) {
    const auto segment = open(segments_[index]);
    if (!segment) return segment.error();
    piece_reader bytes(*segment.value().bytes, segment.value().size);
    const auto end = end_of(index, bytes);
    if (!end) return end.error();
    segment_scan scan(bytes, segments_[index].first, end.value());
    if (auto trouble = walk(scan, segments_[index], end.value())) return trouble;
    if (stopped_) return std::nullopt;
    found_.last = std::max(found_.last, end.value() - 1);
    tell_progress(sizes_[index]);
    bytes_before_ += sizes_[index];
    return std::nullopt;
}

result<recovered, file_failure> journal_reading::run() {
    if (auto trouble = choose_segments()) return std::move(*trouble);
    if (from_ > 0) found_.last = from_ - 1;
    if (from_ > 0 && !segments_.empty()) miss(from_, segments_.front().first, "before " + segments_.front().name);
    for (std::size_t i = 0; i < segments_.size() && !stopped_; ++i) {
        if (auto trouble = read(i)) return std::move(*trouble);
    }
    return std::move(found_);
}

}  // namespace

result<recovered, file_failure> read_journal(file_system& files, lsn from, const visitor& visit,
                                             const progress_listener& progress) {
    return journal_reading(files, from, visit, progress).run();
}

}  // namespace streamstats::journal
