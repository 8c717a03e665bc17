#include "engine/text_pool.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <optional>

namespace streamstats {
namespace {

// Two length bytes, the id, the user. This length says that it is a UUID or an IPv4 address in binary form.
constexpr unsigned char packed = 0xFF;
constexpr std::size_t address_bytes = 4;
constexpr std::size_t uuid_bytes = 16;
constexpr std::size_t uuid_text_bytes = 36;
constexpr std::string_view digits = "0123456789abcdef";

constexpr bool is_dash_place(std::size_t at) {
    return at == 8 || at == 13 || at == 18 || at == 23;
}

using uuid = std::array<unsigned char, uuid_bytes>;

// Only the lower-case form: any other would not come back byte for byte.
std::optional<uuid> parse_uuid(std::string_view text) {
    if (text.size() != uuid_text_bytes) return std::nullopt;
    uuid binary{};
    std::size_t nibble = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (is_dash_place(at)) {
            if (text[at] != '-') return std::nullopt;
            continue;
        }
        const std::size_t value = digits.find(text[at]);
        if (value == std::string_view::npos) return std::nullopt;
        binary[nibble / 2] = static_cast<unsigned char>(std::size_t{binary[nibble / 2]} * 16 + value);
        ++nibble;
    }
    return binary;
}

std::string format_uuid(const unsigned char* binary) {
    std::string text;
    text.reserve(uuid_text_bytes);
    for (std::size_t byte = 0; byte < uuid_bytes; ++byte) {
        if (is_dash_place(text.size())) text += '-';
        text += digits[binary[byte] / 16U];
        text += digits[binary[byte] % 16U];
    }
    return text;
}

// Only the usual form: any other would not come back byte for byte.
std::optional<std::array<unsigned char, address_bytes>> parse_address(std::string_view text) {
    std::array<unsigned char, address_bytes> binary{};
    for (std::size_t part = 0; part < binary.size(); ++part) {
        if (part > 0 && (text.empty() || text.front() != '.')) return std::nullopt;
        if (part > 0) text.remove_prefix(1);
        unsigned value = 0;
        std::size_t digits_seen = 0;
        for (; !text.empty() && text.front() >= '0' && text.front() <= '9' && digits_seen < 3; ++digits_seen) {
            if (digits_seen > 0 && value == 0) return std::nullopt;
            value = value * 10 + static_cast<unsigned>(text.front() - '0');
            text.remove_prefix(1);
        }
        if (digits_seen == 0 || value > 255) return std::nullopt;
        binary[part] = static_cast<unsigned char>(value);
    }
    if (!text.empty()) return std::nullopt;
    return binary;
}

std::string format_address(const unsigned char* binary) {
    std::string text = std::to_string(unsigned{binary[0]});
    for (std::size_t part = 1; part < address_bytes; ++part) text += '.' + std::to_string(unsigned{binary[part]});
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
    const auto id_binary = parse_uuid(id);
    const auto user_binary = parse_address(user);
    if (id_binary) id = {reinterpret_cast<const char*>(id_binary->data()), id_binary->size()};
    if (user_binary) user = {reinterpret_cast<const char*>(user_binary->data()), user_binary->size()};
    id = id.substr(0, text_bytes_max);
    user = user.substr(0, text_bytes_max);
    // A full class overflows into the next one.
    for (std::size_t number = (2 + id.size() + user.size() - 1) / granule; number < classes; ++number) {
        if (!slabs_[number]) slabs_[number] = std::make_unique<slab>((number + 1) * granule, cells_max);
        const std::uint32_t cell = slabs_[number]->allocate();
        if (cell == slab::none) continue;
        const auto handle = static_cast<std::uint32_t>(number << cell_bits) | cell;
        unsigned char* at = address(handle);
        at[0] = id_binary ? packed : static_cast<unsigned char>(id.size());
        at[1] = user_binary ? packed : static_cast<unsigned char>(user.size());
        std::copy(id.begin(), id.end(), at + 2);
        std::copy(user.begin(), user.end(), at + 2 + id.size());
        return handle;
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

void text_pool::remove(std::uint32_t handle) {
    slab_of(handle).free(handle & (cells_max - 1));
}

std::size_t text_pool::memory_bytes() const {
    std::size_t bytes = 0;
    for (const auto& each : slabs_) bytes += each ? each->memory_bytes() : 0;
    return bytes;
}

}  // namespace streamstats
