#include "journal/crc32c.hpp"

#include <array>
#include <cstring>

#include "journal/little_endian.hpp"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace streamstats::journal {
namespace {

constexpr std::uint32_t polynomial = 0x82f63b78;  // bits reversed
constexpr std::size_t word_bytes = sizeof(std::uint64_t);

constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) value = (value >> 1U) ^ ((value & 1U) != 0 ? polynomial : 0);
        table[i] = value;
    }
    return table;
}

constexpr std::array<std::uint32_t, 256> table = make_table();

constexpr std::uint32_t after_byte(std::uint32_t crc, std::uint32_t byte) {
    return (crc >> 8U) ^ table[(crc ^ byte) & 0xffU];
}

}  // namespace

std::uint32_t crc32c_by_table(std::uint32_t before, bytes_view data) {
    std::uint32_t crc = ~before;
    for (const std::byte b : data) crc = after_byte(crc, static_cast<std::uint32_t>(b));
    return ~crc;
}

copied copy_by_table(std::uint32_t before, bytes_view data, std::byte* to, std::uint32_t sought) {
    if (!data.empty()) std::memcpy(to, data.data(), data.size());
    bool found = false;
    for (std::size_t at = 0; at + word_bytes <= data.size(); at += word_bytes) {
        found |= load_little_endian<std::uint32_t>(&data[at]) == sought;
    }
    return {crc32c_by_table(before, data), found};
}

#if defined(__x86_64__)

bool processor_has_crc32c() {
    return __builtin_cpu_supports("sse4.2") != 0;
}

namespace {

// The instruction takes one cycle of three in which its result is waited for: so three runs of bytes go side by side,
// and are put together afterwards (Gopal et al., "Fast CRC Computation for iSCSI Polynomial Using CRC32 Instruction",
// 2011).
constexpr std::size_t run_bytes = 512;

// What becomes of a CRC when run_bytes zeros follow: a sum over its bytes, as the CRC is linear.
using shift_tables = std::array<std::array<std::uint32_t, 256>, 4>;

constexpr shift_tables make_shift() {
    std::array<std::uint32_t, 32> of_bit{};
    for (std::uint32_t bit = 0; bit < of_bit.size(); ++bit) {
        std::uint32_t crc = std::uint32_t{1} << bit;
        for (std::size_t i = 0; i < run_bytes; ++i) crc = after_byte(crc, 0);
        of_bit[bit] = crc;
    }
    shift_tables tables{};
    for (std::uint32_t at = 0; at < tables.size(); ++at) {
        for (std::uint32_t value = 0; value < 256; ++value) {
            for (std::uint32_t bit = 0; bit < 8; ++bit) {
                if ((value >> bit & 1U) != 0) tables[at][value] ^= of_bit[at * 8 + bit];
            }
        }
    }
    return tables;
}

constexpr shift_tables shift = make_shift();

std::uint64_t shifted(std::uint64_t crc) {
    return shift[0][crc & 0xffU] ^ shift[1][crc >> 8U & 0xffU] ^ shift[2][crc >> 16U & 0xffU] ^ shift[3][crc >> 24U];
}

std::uint64_t word_at(const std::byte* data) {
    std::uint64_t word = 0;
    std::memcpy(&word, data, sizeof word);
    return word;
}

// word(p): the eight bytes at p.
template <class Word>
__attribute__((target("sse4.2"))) std::uint64_t after_three_runs(std::uint64_t crc, const std::byte* data, Word& word) {
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (const std::byte* const end = data + run_bytes; data != end; data += word_bytes) {
        crc = _mm_crc32_u64(crc, word(data));
        second = _mm_crc32_u64(second, word(data + run_bytes));
        third = _mm_crc32_u64(third, word(data + 2 * run_bytes));
    }
    return shifted(shifted(crc) ^ second) ^ third;
}

// Each word once, in any order; but not the bytes behind the last whole one.
template <class Word>
__attribute__((target("sse4.2"))) std::uint32_t after_all(std::uint32_t before, bytes_view data, Word word) {
    std::uint64_t crc = ~before;
    for (; data.size() >= 3 * run_bytes; data = data.subspan(3 * run_bytes)) {
        crc = after_three_runs(crc, data.data(), word);
    }
    for (; data.size() >= word_bytes; data = data.subspan(word_bytes)) crc = _mm_crc32_u64(crc, word(data.data()));
    auto rest = static_cast<std::uint32_t>(crc);
    for (const std::byte b : data) rest = _mm_crc32_u8(rest, static_cast<unsigned char>(b));
    return ~rest;
}

}  // namespace

std::uint32_t crc32c_by_processor(std::uint32_t before, bytes_view data) {
    return after_all(before, data, word_at);
}

copied copy_by_processor(std::uint32_t before, bytes_view data, std::byte* to, std::uint32_t sought) {
    bool found = false;
    const auto copy_word = [&found, sought, to, from = data.data()](const std::byte* at) {
        const std::uint64_t word = word_at(at);
        std::memcpy(to + (at - from), &word, sizeof word);
        found |= static_cast<std::uint32_t>(word) == sought;
        return word;
    };
    const std::uint32_t crc = after_all(before, data, copy_word);
    const std::size_t words = data.size() / word_bytes * word_bytes;
    if (words < data.size()) std::memcpy(to + words, &data[words], data.size() - words);
    return {crc, found};
}

#else

bool processor_has_crc32c() {
    return false;
}

std::uint32_t crc32c_by_processor(std::uint32_t before, bytes_view data) {
    return crc32c_by_table(before, data);
}

copied copy_by_processor(std::uint32_t before, bytes_view data, std::byte* to, std::uint32_t sought) {
    return copy_by_table(before, data, to, sought);
}

#endif

}  // namespace streamstats::journal
