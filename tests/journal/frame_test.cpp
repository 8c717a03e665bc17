// docs/journal.md, "A frame".
#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "journal/bench.hpp"
#include "journal/crc32c.hpp"
#include "journal/frame_layout.hpp"
#include "journal/little_endian.hpp"
#include "streamstats/journal/frame.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::journal;
using testing::bytes;

namespace {

bytes bytes_of(std::string_view text) {
    const auto* const begin = reinterpret_cast<const std::byte*>(text.data());
    return {begin, begin + text.size()};
}

std::string hex_of(bytes_view data) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::byte b : data) {
        text += digits[static_cast<std::size_t>(b >> 4)];
        text += digits[static_cast<std::size_t>(b & std::byte{15})];
    }
    return text;
}

// The digits of the block of docs/journal.md that begins with the magic; notes stand behind two spaces or more.
std::string example_in_document() {
    std::ifstream document(STREAMSTATS_JOURNAL_PAGE);
    std::string digits;
    for (std::string line; std::getline(document, line);) {
        if (digits.empty() && !line.starts_with("f5534a4c")) continue;
        if (line == "```") break;
        line.resize(std::min(line.size(), line.find("  ")));
        std::copy_if(line.begin(), line.end(), std::back_inserter(digits), [](char c) { return c != ' '; });
    }
    return digits;
}

bytes one_frame() {
    bytes frame;
    append_frame(frame, frame_kind::batch, 7, 5, bytes_of("hello"));
    return frame;
}

header_verdict verdict_on(const bytes& frame) {
    frame_header header;
    return parse_header(std::span<const std::byte, frame_header_bytes>(frame.data(), frame_header_bytes), header);
}

// Puts a number into the header and makes its CRC right again.
bytes with(bytes frame, std::size_t offset, std::uint32_t value, std::size_t width) {
    for (std::size_t i = 0; i < width; ++i) frame[offset + i] = static_cast<std::byte>(value >> (8 * i));
    const std::uint32_t crc = crc32c(bytes_view(frame).first(header_crc_at));
    for (std::size_t i = 0; i < 4; ++i) frame[header_crc_at + i] = static_cast<std::byte>(crc >> (8 * i));
    return frame;
}

}  // namespace

TEST_CASE("CRC32C has the known values, by table and by processor", "[journal]") {
    bytes rising(32);
    for (std::size_t i = 0; i < rising.size(); ++i) rising[i] = static_cast<std::byte>(i);
    const std::array<std::pair<bytes, std::uint32_t>, 5> known{{
        {bytes{}, 0},
        {bytes_of("123456789"), 0xe3069283},
        {bytes(32, std::byte{0}), 0x8a9136aa},
        {bytes(32, std::byte{0xff}), 0x62a8ab43},
        {rising, 0x46dd794e},
    }};
    for (const auto& [data, value] : known) {
        CHECK(crc32c(data) == value);
        CHECK(crc32c_by_table(0, data) == value);
        if (processor_has_crc32c()) CHECK(crc32c_by_processor(0, data) == value);
    }
}

TEST_CASE("both ways to CRC32C agree at every length and offset, and in pieces", "[journal]") {
    const bytes data = testing::payload_of(1, 100);
    for (std::size_t offset = 0; offset < 9; ++offset) {
        for (std::size_t length = 0; length + offset <= data.size(); ++length) {
            const bytes_view part = bytes_view(data).subspan(offset, length);
            const std::uint32_t value = crc32c_by_table(0, part);
            REQUIRE(crc32c(part) == value);
            const std::uint32_t half = crc32c_by_table(0, part.first(length / 2));
            REQUIRE(crc32c_by_table(half, part.subspan(length / 2)) == value);
            if (processor_has_crc32c()) REQUIRE(crc32c_by_processor(half, part.subspan(length / 2)) == value);
        }
    }
}

TEST_CASE("both ways to CRC32C agree where many bytes go side by side", "[journal]") {
    const bytes data = testing::payload_of(1, 7'000);
    for (const std::size_t about : {1'536U, 3'072U, 4'608U, 6'990U}) {
        for (std::size_t length = about - 9; length <= about + 9; ++length) {
            const bytes_view part = bytes_view(data).subspan(1, length);
            if (processor_has_crc32c()) REQUIRE(crc32c_by_processor(7, part) == crc32c_by_table(7, part));
        }
    }
}

TEST_CASE("a copy is the same, has the same CRC, and tells whether a word in it begins with what is sought",
          "[journal]") {
    const std::size_t size = GENERATE(0U, 3U, 8U, 23U, 100U, 1'543U, 4'700U);
    bytes data = testing::payload_of(1, size);
    data.resize(size);  // it never makes fewer than eight
    const auto check = [&](bool there) {
        bytes copy(size + 1);
        const auto agrees = [&](const copied& made) {
            CHECK(made.crc == crc32c_by_table(7, data));
            CHECK(made.found == there);
            CHECK(std::equal(data.begin(), data.end(), copy.begin()));
            CHECK(copy.back() == std::byte{0});
        };
        agrees(copy_by_table(7, data, copy.data(), frame_magic));
        std::fill(copy.begin(), copy.end(), std::byte{0});
        if (processor_has_crc32c()) agrees(copy_by_processor(7, data, copy.data(), frame_magic));
    };
    check(false);
    for (std::size_t at = 0; at + 4 <= size; at += at < 40 ? 1 : 127) {
        CAPTURE(at);
        const bytes before = data;
        store_little_endian(&data[at], frame_magic);
        check(at % 8 == 0 && at + 8 <= size);
        data = before;
    }
}

TEST_CASE("a frame in two pieces is the frame of both together", "[journal]") {
    const bytes payload = testing::payload_of(1, 3'000);
    for (const std::size_t border : {0U, 8U, 1'600U, 2'992U}) {
        CAPTURE(border);
        bytes whole;
        append_frame(whole, frame_kind::batch, 9, 8, payload);
        bytes made(whole.size(), std::byte{0xAA});
        (void)write_frame(made.data(), frame_kind::batch, 9, 8, bytes_view(payload).first(border),
                          bytes_view(payload).subspan(border));
        CHECK(made == whole);
    }
}

TEST_CASE("a frame tells if the beginning of one may be taken to be in it", "[journal]") {
    const auto misleads = [](lsn number, lsn durable, const bytes& payload) {
        bytes made(static_cast<std::size_t>(frame_bytes(payload.size())));
        return write_frame(made.data(), frame_kind::batch, number, durable, {}, payload);
    };
    CHECK_FALSE(misleads(1, 0, testing::payload_of(1, 100)));
    CHECK(misleads(frame_magic, 0, {}));
    CHECK(misleads(1, frame_magic, {}));
    for (const std::size_t size : {12U, 100U, 1'600U, 1'604U}) {
        for (std::size_t at = 0; at + 4 <= size; ++at) {
            bytes payload = testing::payload_of(1, size);
            store_little_endian(&payload[at], frame_magic);
            CAPTURE(size, at);
            CHECK(misleads(1, 0, payload) == (at % frame_alignment == 0));
        }
    }
}

TEST_CASE("the worked example of docs/journal.md is what is written", "[journal]") {
    CHECK(hex_of(one_frame()) == example_in_document());
}

TEST_CASE("a header says what was put into it", "[journal]") {
    const bytes frame = one_frame();
    REQUIRE(frame.size() == frame_bytes(5));
    frame_header header;
    REQUIRE(parse_header(std::span<const std::byte, frame_header_bytes>(frame.data(), frame_header_bytes), header) ==
            header_verdict::good);
    CHECK(header.version == format_version);
    CHECK(header.kind == frame_kind::batch);
    CHECK(header.payload_bytes == 5);
    CHECK(header.number == 7);
    CHECK(header.durable == 5);
    CHECK(header.payload_crc == crc32c(bytes_of("hello")));
}

TEST_CASE("a header with any bit wrong is not good", "[journal]") {
    for (std::size_t bit = 0; bit < frame_header_bytes * 8; ++bit) {
        bytes frame = one_frame();
        frame[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
        REQUIRE(verdict_on(frame) == header_verdict::bad);
    }
}

TEST_CASE("zeros are no header, and not a bad one", "[journal]") {
    CHECK(verdict_on(bytes(frame_header_bytes)) == header_verdict::absent);
}

TEST_CASE("a length is taken at the limit and not one past it, whatever the CRC says", "[journal]") {
    CHECK(verdict_on(with(one_frame(), payload_bytes_at, payload_bytes_max, 4)) == header_verdict::good);
    CHECK(verdict_on(with(one_frame(), payload_bytes_at, payload_bytes_max + 1, 4)) == header_verdict::bad);
}

TEST_CASE("a newer version is recognised only if the header is intact", "[journal]") {
    CHECK(verdict_on(with(one_frame(), version_at, format_version + 1, 2)) == header_verdict::newer_format);
    CHECK(verdict_on(with(one_frame(), version_at, 0, 2)) == header_verdict::bad);
    CHECK(verdict_on(with(one_frame(), flags_at, 1, 4)) == header_verdict::bad);
}
