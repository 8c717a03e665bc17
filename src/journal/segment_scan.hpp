// One segment from front to back: the good frames in it, whatever lies between them.
//
// Frames of a segment are numbered without holes and lie side by side. After bytes that are not the expected frame the
// scan looks on at every alignment; a frame it finds there is believed only if its number fits the distance, so that
// bytes inside a damaged payload that happen to look like a frame do not lead it far astray.
#pragma once

#include <cstdint>
#include <string>

#include "journal/piece_reader.hpp"
#include "streamstats/journal/frame.hpp"

namespace streamstats::journal {

enum class scan_step : std::uint8_t { frame, end, newer_format };

class segment_scan {
public:
    // Frames with first <= number < limit; the others are not looked at.
    segment_scan(piece_reader& bytes, lsn first, lsn limit) : bytes_(bytes), limit_(limit), expected_(first) {}

    // Goes to the next good frame. What header() and payload() give is valid until the next call.
    result<scan_step, file_failure> next();
    [[nodiscard]] const frame_header& header() const { return header_; }
    [[nodiscard]] bytes_view payload() const { return payload_; }
    // The frame that has to follow, and where it has to be.
    [[nodiscard]] lsn expected() const { return expected_; }
    [[nodiscard]] std::uint64_t position() const { return position_; }

private:
    enum class look : std::uint8_t { frame, bad_payload, nothing, newer_format };
    result<look, file_failure> look_at(std::uint64_t offset);
    [[nodiscard]] bool fits(std::uint64_t offset, const frame_header& header) const;
    result<scan_step, file_failure> search(std::uint64_t offset);
    // The next place from `offset` on, aligned, where a frame may begin; the size of the file if there is none.
    result<std::uint64_t, file_failure> find_magic(std::uint64_t offset);
    scan_step take(std::uint64_t offset);

    piece_reader& bytes_;
    lsn limit_;
    lsn expected_;
    std::uint64_t position_ = 0;
    frame_header header_;
    bytes_view payload_;
};

// What a whole scan of the newest segment says about the end of the journal.
struct segment_survey {
    lsn durable = 0;    // all up to here were durable: the name or a frame says so
    lsn last = 0;       // the newest frame that counts; a frame above `durable` counts if none before it is missing
    bool whole = true;  // all frames from the first to `last` are there
    std::uint64_t used_bytes = 0;  // up to the end of `last`
    std::uint64_t torn_bytes = 0;  // what was written behind it
};

result<segment_survey, file_failure> survey_segment(piece_reader& bytes, const std::string& name, lsn first);

file_failure newer_format_failure(const std::string& name, std::uint64_t offset);

}  // namespace streamstats::journal
