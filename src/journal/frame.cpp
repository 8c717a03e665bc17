#include "streamstats/journal/frame.hpp"

#include <algorithm>
#include <cassert>

#include "journal/crc32c.hpp"
#include "journal/frame_layout.hpp"
#include "journal/little_endian.hpp"
#include "streamstats/base/mutant.hpp"

namespace streamstats::journal {
namespace {

bool by_processor() {
    static const bool it_can = processor_has_crc32c();
    return it_can;
}

copied copy_payload(std::uint32_t before, bytes_view data, std::byte* to) {
    return by_processor() ? copy_by_processor(before, data, to, frame_magic)
                          : copy_by_table(before, data, to, frame_magic);
}

bool is_magic(const std::byte* at) {
    return load_little_endian<std::uint32_t>(at) == frame_magic;
}

}  // namespace

std::uint32_t crc32c(bytes_view data) {
    return by_processor() ? crc32c_by_processor(0, data) : crc32c_by_table(0, data);
}

bool write_frame(std::byte* to, frame_kind kind, lsn number, lsn durable, bytes_view lead, bytes_view rest) {
    assert(lead.size() + rest.size() <= payload_bytes_max);
    assert(lead.size() % frame_alignment == 0);
    const std::size_t size = lead.size() + rest.size();
    std::byte* const body = to + frame_header_bytes;
    const copied first = copy_payload(0, lead, body);
    const copied all = copy_payload(first.crc, rest, body + lead.size());
    std::byte* const end = to + frame_bytes(size);
    std::fill(body + size, end, std::byte{0});

    store_little_endian(to + magic_at, frame_magic);
    store_little_endian(to + version_at, format_version);
    store_little_endian(to + kind_at, static_cast<std::uint16_t>(kind));
    store_little_endian(to + payload_bytes_at, static_cast<std::uint32_t>(size));
    store_little_endian(to + payload_crc_at, all.crc);
    store_little_endian(to + number_at, number);
    store_little_endian(to + durable_at, durable);
    store_little_endian(to + flags_at, std::uint32_t{0});
    store_little_endian(to + header_crc_at, crc32c({to, header_crc_at}));

    bool found = first.found || all.found || is_magic(end - frame_alignment);  // the last word may have been filled up
    for (std::size_t at = frame_alignment; at < frame_header_bytes; at += frame_alignment) found |= is_magic(to + at);
    return found;
}

void append_frame(std::vector<std::byte>& into, frame_kind kind, lsn number, lsn durable, bytes_view payload) {
    const std::size_t begin = into.size();
    into.resize(begin + static_cast<std::size_t>(frame_bytes(payload.size())));
    (void)write_frame(&into[begin], kind, number, durable, {}, payload);
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
