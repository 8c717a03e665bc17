// A view of a text in ten bytes where std::string_view has sixteen, which it becomes wherever one is asked for. For
// what goes from thread to thread by the million: there it counts how many lines of the cache go along. Any thread.
#pragma once

#include <array>
#include <bit>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

namespace streamstats {

class text_ref;

template <class Text>
concept other_text = std::convertible_to<const Text&, std::string_view> && !std::same_as<Text, text_ref>;

class text_ref {
public:
    static constexpr std::size_t size_max = std::numeric_limits<std::uint32_t>::max();

    constexpr text_ref() = default;
    // Nothing is copied: it holds as long as the text does.
    text_ref(std::string_view text) {
        const auto address = std::bit_cast<std::uint64_t>(text.data());
        assert(address >> address_bits == 0 && text.size() <= size_max);
        const std::uint64_t low = address | text.size() << address_bits;
        const auto high = static_cast<std::uint16_t>(text.size() >> (64U - address_bits));
        std::memcpy(bytes_.data(), &low, sizeof low);
        std::memcpy(bytes_.data() + sizeof low, &high, sizeof high);
    }
    template <other_text Text>
    text_ref(const Text& text) : text_ref(std::string_view(text)) {}

    operator std::string_view() const {
        std::uint64_t low = 0;
        std::uint16_t high = 0;
        std::memcpy(&low, bytes_.data(), sizeof low);
        std::memcpy(&high, bytes_.data() + sizeof low, sizeof high);
        const std::uint64_t address = low & ((std::uint64_t{1} << address_bits) - 1);
        return {std::bit_cast<const char*>(address), low >> address_bits | std::size_t{high} << (64U - address_bits)};
    }
    [[nodiscard]] const char* data() const { return std::string_view(*this).data(); }
    [[nodiscard]] std::size_t size() const { return std::string_view(*this).size(); }
    [[nodiscard]] bool empty() const { return size() == 0; }

    friend bool operator==(const text_ref& a, const text_ref& b) { return std::string_view(a) == std::string_view(b); }
    template <other_text Text>
    friend bool operator==(const text_ref& a, const Text& b) {
        return std::string_view(a) == std::string_view(b);
    }

private:
    // Those of a process have no more, on x86-64 and on AArch64, unless it asks for them, or for tagged pointers.
    static constexpr unsigned address_bits = 48;

    // The address, and behind it the size.
    std::array<unsigned char, 10> bytes_{};
};

}  // namespace streamstats
