#include "streamstats/journal/frame.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "journal/crc32c.hpp"
#include "journal/frame_layout.hpp"
#include "journal/little_endian.hpp"
#include "streamstats/base/mutant.hpp"

namespace streamstats::journal {
namespace {

std::uint32_t crc32c_behind(std::uint32_t before, bytes_view data) {
    static const bool by_processor = processor_has_crc32c();
    return by_processor ? crc32c_by_processor(before, data) : crc32c_by_table(before, data);
}

}  // namespace

std::uint32_t crc32c(bytes_view data) {
    return crc32c_behind(0, data);
}

void append_frame(std::vector<std::byte>& into, frame_kind kind, lsn number, lsn durable, bytes_view payload) {
    append_frame(into, kind, number, durable, {}, payload);
}

void append_frame(std::vector<std::byte>& into, frame_kind kind, lsn number, lsn durable, bytes_view lead,
                  bytes_view rest) {
    const std::size_t payload_bytes = lead.size() + rest.size();
    assert(payload_bytes <= payload_bytes_max);
    std::array<std::byte, frame_header_bytes> header{};
    store_little_endian(&header[magic_at], frame_magic);
    store_little_endian(&header[version_at], format_version);
    store_little_endian(&header[kind_at], static_cast<std::uint16_t>(kind));
    store_little_endian(&header[payload_bytes_at], static_cast<std::uint32_t>(payload_bytes));
    store_little_endian(&header[payload_crc_at], crc32c_behind(crc32c(lead), rest));
    store_little_endian(&header[number_at], number);
    store_little_endian(&header[durable_at], durable);
    store_little_endian(&header[flags_at], std::uint32_t{0});
    store_little_endian(&header[header_crc_at], crc32c(bytes_view(header).first(header_crc_at)));
    const std::size_t begin = into.size();
    into.insert(into.end(), header.begin(), header.end());
    into.insert(into.end(), lead.begin(), lead.end());
    into.insert(into.end(), rest.begin(), rest.end());
    into.resize(begin + static_cast<std::size_t>(frame_bytes(payload_bytes)));
}

header_verdict parse_header(std::span<const std::byte, frame_header_bytes> bytes, frame_header& into) {
    if (std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; })) {
        return header_verdict::absent;
    }
    if (load_little_endian<std::uint32_t>(&bytes[magic_at]) != frame_magic ||
        (load_little_endian<std::uint32_t>(&bytes[header_crc_at]) != crc32c(bytes.first<header_crc_at>()) &&
         !mutant::breaks("header_has_its_crc"))) {
        return header_verdict::bad;
    }
    frame_header header;
    header.version = load_little_endian<std::uint16_t>(&bytes[version_at]);
    header.kind = static_cast<frame_kind>(load_little_endian<std::uint16_t>(&bytes[kind_at]));
    header.payload_bytes = load_little_endian<std::uint32_t>(&bytes[payload_bytes_at]);
    header.payload_crc = load_little_endian<std::uint32_t>(&bytes[payload_crc_at]);
    header.number = load_little_endian<std::uint64_t>(&bytes[number_at]);
    header.durable = load_little_endian<std::uint64_t>(&bytes[durable_at]);
    if (header.version > format_version && !mutant::breaks("newer_format_is_refused")) {
        into = header;
        return header_verdict::newer_format;
    }
    if (header.version == 0 || (header.payload_bytes > payload_bytes_max && !mutant::breaks("length_is_checked")) ||
        load_little_endian<std::uint32_t>(&bytes[flags_at]) != 0) {
        return header_verdict::bad;
    }
    into = header;
    return header_verdict::good;
}

}  // namespace streamstats::journal
