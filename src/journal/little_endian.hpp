// Numbers of fixed width, the lowest byte first, on every machine.
#pragma once

#include <cstddef>
#include <type_traits>

namespace streamstats::journal {

template <class T>
void store_little_endian(std::byte* to, T value) {
    static_assert(std::is_unsigned_v<T>);
    for (std::size_t i = 0; i < sizeof(T); ++i) to[i] = static_cast<std::byte>(value >> (8 * i) & 0xffU);
}

template <class T>
T load_little_endian(const std::byte* from) {
    static_assert(std::is_unsigned_v<T>);
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
        value = static_cast<T>(value | static_cast<T>(static_cast<T>(from[i]) << (8 * i)));
    }
    return value;
}

}  // namespace streamstats::journal
