// The unit of the journal and of the checkpoint: a header of fixed size, then a payload. docs/journal.md has the layout
// byte by byte and a worked example. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "streamstats/journal/file_system.hpp"

namespace streamstats::journal {

// Sequence number of a frame: 1, 2, 3 … without gaps over all segments.
using lsn = std::uint64_t;

enum class frame_kind : std::uint16_t {
    batch = 1,    // the accepted events of one request
    flush = 2,    // the corrections that a numbered flush takes to the store
    restart = 3,  // a run of the daemon begins; nobody was counting between the frame before and this
    checkpoint_head = 16,
    checkpoint_sessions = 17,
    checkpoint_rows = 18,
    checkpoint_end = 20,
};

inline constexpr std::uint16_t format_version = 1;
inline constexpr std::size_t frame_alignment = 8;
inline constexpr std::size_t frame_header_bytes = 40;
inline constexpr std::size_t payload_bytes_max = std::size_t{64} << 20;

struct frame_header {
    std::uint16_t version = format_version;
    frame_kind kind = frame_kind::batch;
    std::uint32_t payload_bytes = 0;
    lsn number = 0;
    lsn durable = 0;  // the newest frame that was known durable when this one was written
    std::uint32_t payload_crc = 0;
};

// What a frame takes in a file: header, payload and padding.
constexpr std::uint64_t frame_bytes(std::uint64_t payload_bytes) {
    return (frame_header_bytes + payload_bytes + frame_alignment - 1) / frame_alignment * frame_alignment;
}

// CRC32C (Castagnoli), with the instructions of the processor where it has them.
std::uint32_t crc32c(bytes_view data);

// Fills frame_bytes() with header, payload and padding. The payload is `lead`, a multiple of frame_alignment, and then
// `rest`. True: somewhere behind its beginning, where a frame may begin, the frame holds what looks like the beginning
// of one.
bool write_frame(std::byte* to, frame_kind kind, lsn number, lsn durable, bytes_view lead, bytes_view rest);
// Appends what write_frame makes.
void append_frame(std::vector<std::byte>& into, frame_kind kind, lsn number, lsn durable, bytes_view payload);

enum class header_verdict : std::uint8_t { good, absent /* zeros */, bad, newer_format };
// Checks magic, the header's CRC, version, and length against payload_bytes_max; a length is used only after that.
// Fills `into` if the verdict is good or newer_format.
header_verdict parse_header(std::span<const std::byte, frame_header_bytes> bytes, frame_header& into);

}  // namespace streamstats::journal
