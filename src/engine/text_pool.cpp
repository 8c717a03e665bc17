#include "engine/text_pool.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <new>
#include <optional>

namespace streamstats {
namespace {

// Two length bytes, the id, the user. This length says that it is a UUID or an IPv4 address in binary form.
constexpr unsigned char packed = 0xFF;
constexpr std::size_t address_bytes = 4;
constexpr std::size_t uuid_bytes = 16;
constexpr std::size_t uuid_text_bytes = 36;
// Eight digits at once, each in a byte of its own: a value below 16, and the lower-case digit that stands for it.
constexpr std::uint64_t in_each_byte(std::uint64_t value) {
    return value * 0x0101'0101'0101'0101;
}
constexpr std::uint64_t values_of(std::uint64_t digits) {
    return (digits & in_each_byte(0x0F)) + ((digits >> 6U) & in_each_byte(1)) * 9;
}
constexpr std::uint64_t digits_of(std::uint64_t values) {
    const std::uint64_t letters = ((values + in_each_byte(6)) >> 4U) & in_each_byte(1);
    return values + in_each_byte('0') + letters * ('a' - '0' - 10);
}
static_assert(values_of(0x6665'6139'3837'3130) == 0x0F0E'0A09'0807'0100);
static_assert(digits_of(0x0F0E'0A09'0807'0100) == 0x6665'6139'3837'3130);

// Where eight digits of a UUID stand: four, and four more.
struct digit_places {
    std::size_t first;
    std::size_t second;
};
constexpr std::array<digit_places, 4> uuid_digits{{{0, 4}, {9, 14}, {19, 24}, {28, 32}}};

using uuid = std::array<std::uint32_t, uuid_digits.size()>;

// Only the lower-case form: any other would not come back byte for byte.
bool parse_uuid(std::string_view text, uuid& into) {
    if (text.size() != uuid_text_bytes) return false;
    if (text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return false;
    std::uint64_t wrong = 0;
    for (std::size_t i = 0; i < uuid_digits.size(); ++i) {
        std::array<std::uint32_t, 2> halves{};
        std::memcpy(halves.data(), text.data() + uuid_digits[i].first, 4);
        std::memcpy(&halves[1], text.data() + uuid_digits[i].second, 4);
        const std::uint64_t digits = std::bit_cast<std::uint64_t>(halves);
        const std::uint64_t values = values_of(digits) & in_each_byte(0x0F);
        wrong |= digits_of(values) ^ digits;
        // The values of the odd bytes go into the upper halves of the even ones, then the bytes move together.
        std::uint64_t bytes = (values | (values >> 4U)) & 0x00FF'00FF'00FF'00FF;
        bytes = (bytes | (bytes >> 8U)) & 0x0000'FFFF'0000'FFFF;
        into[i] = static_cast<std::uint32_t>(bytes | (bytes >> 16U));
    }
    return wrong == 0;
}

std::string format_uuid(const unsigned char* binary) {
    std::string text(uuid_text_bytes, '-');
    for (std::size_t i = 0; i < uuid_digits.size(); ++i) {
        std::uint32_t packed_values = 0;
        std::memcpy(&packed_values, binary + 4 * i, sizeof packed_values);
        std::uint64_t values = packed_values;
        values = (values | (values << 16U)) & 0x0000'FFFF'0000'FFFF;
        values = (values | (values << 8U)) & 0x00FF'00FF'00FF'00FF;
        values = (values | (values << 4U)) & in_each_byte(0x0F);
        const auto halves = std::bit_cast<std::array<std::uint32_t, 2>>(digits_of(values));
        std::memcpy(text.data() + uuid_digits[i].first, halves.data(), 4);
        std::memcpy(text.data() + uuid_digits[i].second, &halves[1], 4);
    }
    return text;
}

// Only the usual form: any other would not come back byte for byte.
std::optional<std::array<unsigned char, address_bytes>> parse_address(std::string_view text) {
    const char* at = text.data();
    const char* const end = at + text.size();
    const auto digit = [&] { return at == end ? unsigned{10} : static_cast<unsigned char>(*at) - unsigned{'0'}; };
    std::array<unsigned char, address_bytes> binary{};
    for (std::size_t part = 0; part < address_bytes; ++part) {
        if (part > 0 && (at == end || *at++ != '.')) return std::nullopt;
        unsigned value = digit();
        if (value > 9) return std::nullopt;
        ++at;
        // Nothing follows a nought.
        for (int more = 0; more < 2 && value != 0 && digit() <= 9; ++more, ++at) value = value * 10 + digit();
        if (value > 255) return std::nullopt;
        binary[part] = static_cast<unsigned char>(value);
    }
    if (at != end) return std::nullopt;
    return binary;
}

std::string format_address(const unsigned char* binary) {
    std::string text;
    for (std::size_t part = 0; part < address_bytes; ++part) {
        std::array<char, 3> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), unsigned{binary[part]});
        if (part > 0) text += '.';
        text.append(digits.data(), end.ptr);
    }
    return text;
}

std::string copy_of(const unsigned char* bytes, std::size_t length) {
    return {bytes, bytes + length};
}

std::size_t id_bytes_of(unsigned char length) {
    return length == packed ? uuid_bytes : length;
}
std::size_t user_bytes_of(unsigned char length) {
    return length == packed ? address_bytes : length;
}

}  // namespace

text_pool::text_pool() : slabs_(classes) {}

std::uint32_t text_pool::add(std::string_view id, std::string_view user) {
    uuid id_binary{};
    const bool id_packed = parse_uuid(id, id_binary);
    const auto user_binary = parse_address(user);
    id = id.substr(0, text_bytes_max);
    user = user.substr(0, text_bytes_max);
    const std::size_t id_bytes = id_packed ? uuid_bytes : id.size();
    const std::size_t user_bytes = user_binary ? address_bytes : user.size();
    const std::uint32_t handle = allocate(2 + id_bytes + user_bytes);
    unsigned char* at = address(handle);
    *at++ = id_packed ? packed : static_cast<unsigned char>(id.size());
    *at++ = user_binary ? packed : static_cast<unsigned char>(user.size());
    if (id_packed) {
        std::memcpy(at, id_binary.data(), uuid_bytes);
    } else if (!id.empty()) {
        std::memcpy(at, id.data(), id.size());
    }
    at += id_bytes;
    if (user_binary) {
        std::memcpy(at, user_binary->data(), address_bytes);
    } else if (!user.empty()) {
        std::memcpy(at, user.data(), user.size());
    }
    return handle;
}

// From the first class that is not full, from this one on.
std::uint32_t text_pool::allocate_from(std::size_t number) {
    for (; number < classes; ++number) {
        if (!slabs_[number]) slabs_[number] = std::make_unique<slab>(text_cell_bytes(number), cells_max);
        const std::uint32_t cell = slabs_[number]->allocate();
        if (cell != slab::none) return handle_of(number, cell);
    }
    throw std::bad_alloc();
}

text_pool::texts text_pool::get(std::uint32_t handle) const {
    const unsigned char* at = address(handle);
    const unsigned char* id = at + 2;
    const unsigned char* user = id + id_bytes_of(at[0]);
    return {at[0] == packed ? format_uuid(id) : copy_of(id, id_bytes_of(at[0])),
            at[1] == packed ? format_address(user) : copy_of(user, user_bytes_of(at[1]))};
}

std::size_t text_pool::memory_bytes() const {
    std::size_t bytes = 0;
    for (const auto& each : slabs_) bytes += each ? each->memory_bytes() : 0;
    return bytes;
}

}  // namespace streamstats
