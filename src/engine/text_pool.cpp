#include "engine/text_pool.hpp"

#include <algorithm>
#include <optional>

namespace streamstats {
namespace {

// Two length bytes, the id, the user. This length says that the id is a UUID in binary form.
constexpr unsigned char uuid_mark = 0xFF;
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

std::string copy_of(const unsigned char* bytes, std::size_t length) {
    return {bytes, bytes + length};
}

}  // namespace

std::uint32_t text_pool::add(std::string_view id, std::string_view user) {
    const std::optional<uuid> binary = parse_uuid(id);
    if (binary) id = {reinterpret_cast<const char*>(binary->data()), binary->size()};
    id = id.substr(0, text_bytes_max);
    user = user.substr(0, text_bytes_max);
    const std::uint32_t handle = allocate(granules_for(id.size() + user.size()));
    unsigned char* at = address(handle);
    at[0] = binary ? uuid_mark : static_cast<unsigned char>(id.size());
    at[1] = static_cast<unsigned char>(user.size());
    std::copy(id.begin(), id.end(), at + 2);
    std::copy(user.begin(), user.end(), at + 2 + id.size());
    return handle;
}

text_pool::texts text_pool::get(std::uint32_t handle) const {
    const unsigned char* at = address(handle);
    if (at[0] == uuid_mark) return {format_uuid(at + 2), copy_of(at + 2 + uuid_bytes, at[1])};
    return {copy_of(at + 2, at[0]), copy_of(at + 2 + at[0], at[1])};
}

void text_pool::remove(std::uint32_t handle) {
    const unsigned char* at = address(handle);
    const std::size_t id_bytes = at[0] == uuid_mark ? uuid_bytes : at[0];
    free_[granules_for(id_bytes + at[1])].push_back(handle);
}

std::uint32_t text_pool::allocate(std::size_t granules) {
    if (auto& spare = free_[granules]; !spare.empty()) {
        const std::uint32_t handle = spare.back();
        spare.pop_back();
        return handle;
    }
    if (used_ + granules > chunk_granules) {
        chunks_.push_back(std::make_unique<unsigned char[]>(chunk_granules * granule));
        used_ = 0;
    }
    const auto handle = static_cast<std::uint32_t>((chunks_.size() - 1) * chunk_granules + used_);
    used_ += granules;
    return handle;
}

}  // namespace streamstats
