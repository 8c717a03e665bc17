#include "journal/crc32c.hpp"

#include <array>
#include <cstddef>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace streamstats::journal {
namespace {

constexpr std::uint32_t polynomial = 0x82f63b78;  // bits reversed

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

}  // namespace

std::uint32_t crc32c_by_table(std::uint32_t before, bytes_view data) {
    std::uint32_t crc = ~before;
    for (const std::byte b : data) crc = (crc >> 8U) ^ table[(crc ^ static_cast<std::uint32_t>(b)) & 0xffU];
    return ~crc;
}

#if defined(__x86_64__)

bool processor_has_crc32c() {
    return __builtin_cpu_supports("sse4.2") != 0;
}

__attribute__((target("sse4.2"))) std::uint32_t crc32c_by_processor(std::uint32_t before, bytes_view data) {
    std::uint64_t crc = ~before;
    while (data.size() >= sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, data.data(), sizeof word);
        crc = _mm_crc32_u64(crc, word);
        data = data.subspan(sizeof word);
    }
    auto rest = static_cast<std::uint32_t>(crc);
    for (const std::byte b : data) rest = _mm_crc32_u8(rest, static_cast<unsigned char>(b));
    return ~rest;
}

#else

bool processor_has_crc32c() {
    return false;
}

std::uint32_t crc32c_by_processor(std::uint32_t before, bytes_view data) {
    return crc32c_by_table(before, data);
}

#endif

}  // namespace streamstats::journal
