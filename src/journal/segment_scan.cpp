#include "journal/segment_scan.hpp"

#include <algorithm>
#include <vector>

#include "journal/frame_layout.hpp"
#include "journal/little_endian.hpp"
#include "journal/segment_name.hpp"
#include "streamstats/base/mutant.hpp"

namespace streamstats::journal {
namespace {

// Frames without a hole between them.
struct run {
    lsn first = 0;
    lsn last = 0;
    std::uint64_t end = 0;  // offset behind the last
};

// The end of what was written from `offset` on and is no frame that counts: zeros follow, as behind every write, or a
// frame of an earlier use of the segment.
result<std::uint64_t, file_failure> torn_end(piece_reader& bytes, std::uint64_t offset, lsn first) {
    for (; offset + frame_header_bytes <= bytes.size(); offset += frame_alignment) {
        const auto head = bytes.at(offset, frame_header_bytes);
        if (!head) return head.error();
        frame_header header;
        const header_verdict verdict = parse_header(head.value().first<frame_header_bytes>(), header);
        if (verdict == header_verdict::absent || (verdict == header_verdict::good && header.number < first)) break;
    }
    return offset;
}

// Above `durable` the first hole ends the journal: nobody was told of what lies behind it.
void find_end(const std::vector<run>& runs, lsn first, segment_survey& into) {
    into.last = into.durable;
    lsn whole_up_to = first - 1;
    for (const run& r : runs) {
        if (r.first > into.durable + 1 && !mutant::breaks("torn_tail_is_dropped")) break;
        into.last = std::max(into.last, r.last);
        into.used_bytes = r.end;
        if (r.first == whole_up_to + 1) whole_up_to = r.last;
    }
    into.whole = whole_up_to == into.last;
}

}  // namespace

bool segment_scan::fits(std::uint64_t offset, const frame_header& header) const {
    if (header.number >= limit_ || header.durable >= header.number) return false;
    if (offset == position_) return header.number == expected_;
    return header.number > expected_ && header.number - expected_ <= (offset - position_) / frame_header_bytes;
}

result<segment_scan::look, file_failure> segment_scan::look_at(std::uint64_t offset) {
    const auto head = bytes_.at(offset, frame_header_bytes);
    if (!head) return head.error();
    if (head.value().size() < frame_header_bytes) return look::nothing;
    const header_verdict verdict = parse_header(head.value().first<frame_header_bytes>(), header_);
    if (verdict == header_verdict::newer_format && (offset == position_ || fits(offset, header_))) {
        return look::newer_format;
    }
    if (verdict != header_verdict::good || !fits(offset, header_)) return look::nothing;
    const auto whole = bytes_.at(offset, frame_header_bytes + header_.payload_bytes);
    if (!whole) return whole.error();
    payload_ = whole.value().subspan(frame_header_bytes);
    const bool unchecked = mutant::breaks("payload_has_its_crc");
    const bool good =
        payload_.size() == header_.payload_bytes && (unchecked || crc32c(payload_) == header_.payload_crc);
    return good ? look::frame : look::bad_payload;
}

scan_step segment_scan::take(std::uint64_t offset) {
    position_ = offset + frame_bytes(header_.payload_bytes);
    expected_ = header_.number + 1;
    return scan_step::frame;
}

result<scan_step, file_failure> segment_scan::next() {
    if (expected_ >= limit_) return scan_step::end;
    const auto seen = look_at(position_);
    if (!seen) return seen.error();
    switch (seen.value()) {
        case look::frame:
            return take(position_);
        case look::newer_format:
            return scan_step::newer_format;
        case look::bad_payload:  // the header is good, and so is the length in it
            return search(position_ + frame_bytes(header_.payload_bytes));
        case look::nothing:
            return search(position_ + frame_alignment);
    }
    return scan_step::end;
}

result<scan_step, file_failure> segment_scan::search(std::uint64_t offset) {
    while (offset < bytes_.size() && !mutant::breaks("what_follows_damage_is_kept")) {
        const auto found = find_magic(offset);
        if (!found) return found.error();
        const auto seen = look_at(found.value());
        if (!seen) return seen.error();
        if (seen.value() == look::frame) return take(found.value());
        if (seen.value() == look::newer_format) return scan_step::newer_format;
        offset = found.value() + frame_alignment;
    }
    return scan_step::end;
}

result<std::uint64_t, file_failure> segment_scan::find_magic(std::uint64_t offset) {
    while (offset < bytes_.size()) {
        const auto piece = bytes_.piece_at(offset);
        if (!piece) return piece.error();
        const bytes_view here = piece.value();
        if (here.size() < sizeof frame_magic) break;
        for (std::size_t i = 0; i + sizeof frame_magic <= here.size(); i += frame_alignment) {
            if (load_little_endian<std::uint32_t>(&here[i]) == frame_magic) return offset + i;
        }
        offset += (here.size() + frame_alignment - 1) / frame_alignment * frame_alignment;
    }
    return bytes_.size();
}

result<segment_survey, file_failure> survey_segment(piece_reader& bytes, const std::string& name, lsn first) {
    segment_survey survey;
    survey.durable = first - 1;
    std::vector<run> runs;
    segment_scan scan(bytes, first, lsn_max);
    for (;;) {
        const auto step = scan.next();
        if (!step) return step.error();
        if (step.value() == scan_step::newer_format) return newer_format_failure(name, scan.position());
        if (step.value() == scan_step::end) break;
        const lsn number = scan.header().number;
        survey.durable = std::max(survey.durable, scan.header().durable);
        if (runs.empty() || number != runs.back().last + 1) runs.push_back({number, number, 0});
        runs.back().last = number;
        runs.back().end = scan.position();
    }
    find_end(runs, first, survey);
    const auto end = torn_end(bytes, survey.used_bytes, first);
    if (!end) return end.error();
    survey.torn_bytes = end.value() - survey.used_bytes;
    return survey;
}

file_failure newer_format_failure(const std::string& name, std::uint64_t offset) {
    file_failure trouble;
    trouble.what = name + " has at or behind byte " + std::to_string(offset) + " a frame of a newer format than " +
                   std::to_string(format_version);
    trouble.hint = "start the newer program that wrote it; nothing was changed";
    return trouble;
}

}  // namespace streamstats::journal
