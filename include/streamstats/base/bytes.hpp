// Numbers, instants and texts as bytes and back: the building blocks of what the journal keeps. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "streamstats/base/copy_bytes.hpp"
#include "streamstats/base/time.hpp"

namespace streamstats {

inline constexpr std::size_t number_bytes_max = 10;

// Seven bits a byte, the lowest first; the highest bit says that more follow. Calls put(byte) for each.
template <class Put>
void put_number(std::uint64_t value, Put put) {
    for (; value >= 0x80; value >>= 7U) put(static_cast<std::byte>(value | 0x80U));
    put(static_cast<std::byte>(value));
}

// Small numbers of either sign stay short: 0, -1, 1, -2 … become 0, 1, 2, 3 …
constexpr std::uint64_t folded(std::int64_t value) {
    return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
}

// Appends to a vector that outlives it.
class byte_writer {
public:
    explicit byte_writer(std::vector<std::byte>& into) : bytes_(into) {}

    void octet(std::uint8_t value) { bytes_.push_back(std::byte{value}); }
    void number(std::uint64_t value) {
        put_number(value, [this](std::byte digits) { bytes_.push_back(digits); });
    }
    void signed_number(std::int64_t value) { number(folded(value)); }
    void time(instant value) { signed_number(value.time_since_epoch().count()); }
    void text(std::string_view value) {
        number(value.size());
        raw({reinterpret_cast<const std::byte*>(value.data()), value.size()});
    }
    void raw(std::span<const std::byte> value) { bytes_.insert(bytes_.end(), value.begin(), value.end()); }

private:
    std::vector<std::byte>& bytes_;
};

// Writes the same as byte_writer does, into room that is known to be enough: where every nanosecond counts.
class byte_filler {
public:
    explicit byte_filler(std::byte* begin) : at_(begin) {}

    void octet(std::uint8_t value) { *at_++ = std::byte{value}; }
    void number(std::uint64_t value) {
        put_number(value, [this](std::byte digits) { *at_++ = digits; });
    }
    void time(instant value) { number(folded(value.time_since_epoch().count())); }
    void text(std::string_view value) {
        number(value.size());
        raw({reinterpret_cast<const std::byte*>(value.data()), value.size()});
    }
    void raw(std::span<const std::byte> value) {
        copy_bytes(at_, value.data(), value.size());
        at_ += value.size();
    }
    [[nodiscard]] std::byte* end() const { return at_; }

private:
    std::byte* at_;
};

// A read past the end, or of what byte_writer would not write, leaves it failed; from then on every value is empty.
class byte_reader {
public:
    explicit byte_reader(std::span<const std::byte> bytes) : left_(bytes) {}

    std::uint8_t octet() {
        const std::span<const std::byte> one = raw(1);
        return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one.front());
    }
    std::uint64_t number() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint8_t next = octet();
            if (shift == 63 && next > 1) break;
            value |= static_cast<std::uint64_t>(next & 0x7FU) << shift;
            if (next < 0x80) return value;
        }
        fail();
        return 0;
    }
    std::int64_t signed_number() {
        const std::uint64_t value = number();
        return static_cast<std::int64_t>((value >> 1U) ^ (~(value & 1U) + 1U));
    }
    instant time() { return instant{milliseconds{signed_number()}}; }
    // A view into the bytes that are read.
    std::string_view text() {
        const std::uint64_t size = number();
        const std::span<const std::byte> bytes = raw(size);
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
    std::span<const std::byte> raw(std::uint64_t size) {
        if (size > left_.size()) {
            fail();
            return {};
        }
        const std::span<const std::byte> bytes = left_.first(static_cast<std::size_t>(size));
        left_ = left_.subspan(bytes.size());
        return bytes;
    }
    void fail() {
        failed_ = true;
        left_ = {};
    }
    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] std::size_t left() const { return left_.size(); }

private:
    std::span<const std::byte> left_;
    bool failed_ = false;
};

}  // namespace streamstats
