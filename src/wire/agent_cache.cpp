#include "wire/agent_cache.hpp"

#include <array>
#include <bit>

#include "streamstats/base/copy_bytes.hpp"
#include "streamstats/wire/user_agent.hpp"
#include "wire/packed_name.hpp"

namespace streamstats::wire {
namespace {

constexpr std::size_t piece_bytes = 16;

// Of all of its bytes: much the same browsers differ in some digits only. Rather cheap than good, since a text that is
// found is compared. At least a piece long.
std::uint64_t hash_of(const char* text, std::size_t size) {
    constexpr std::uint64_t odd = 0x9E37'79B9'7F4A'7C15;
    std::uint64_t one = size;
    std::uint64_t other = 0;
    const auto add = [&](const char* piece) {
        one = std::rotl(one, 23) + number_at<std::uint64_t>(piece);
        other = std::rotl(other, 29) + number_at<std::uint64_t>(piece + sizeof other);
    };
    for (std::size_t at = 0; at + piece_bytes < size; at += piece_bytes) add(text + at);
    add(text + size - piece_bytes);
    return (one ^ (other * odd)) * odd;
}

std::uint64_t hash_of(std::string_view text) {
    if (text.size() >= piece_bytes) return hash_of(text.data(), text.size());
    std::array<char, piece_bytes> padded{};
    copy_bytes(padded.data(), text.data(), text.size());
    return hash_of(padded.data(), padded.size());
}

}  // namespace

user_agent_class agent_cache::class_of(std::string_view user_agent) {
    if (user_agent.empty() || user_agent.size() > text_bytes_max) return classify(user_agent);
    const std::uint64_t hash = hash_of(user_agent);
    std::array<entry, places>& set = sets_[hash >> (64 - set_bits)];  // to its highest bits all bytes have come
    for (const entry& one : set) {
        if (one.hash == hash && one.text == user_agent) return one.value;
    }
    entry& taken = set[next_taken_++ % places];
    taken.value = classify(user_agent);
    taken.hash = hash;
    taken.text = user_agent;
    return taken.value;
}

}  // namespace streamstats::wire
