#include "streamstats/wire/event_codec.hpp"

#include <array>
#include <cstdint>
#include <string_view>

#include "streamstats/base/bytes.hpp"

namespace streamstats::wire {
namespace {

constexpr std::uint8_t codec_version = 1;

// What an event may lack, by bit of its presence byte.
enum presence : std::uint8_t { has_bytes = 1, has_opened = 2, has_closed = 4, has_updated = 8, has_time = 16 };

// The time of receipt takes as many bytes, whatever it is: 49 bits, which are enough until the year 10889.
constexpr std::size_t receipt_bytes = 7;
static_assert(folded(instant_max.time_since_epoch().count()) < std::uint64_t{1} << (7 * receipt_bytes));
// Version, time of receipt, number of events.
constexpr std::size_t head_bytes_max = 1 + receipt_bytes + number_bytes_max;
// Kind, presence, class, the lengths of eight texts, bytes and four times.
constexpr std::size_t event_bytes_max_without_texts = 3 + (8 + 5) * number_bytes_max;

void write(byte_filler& to, const play_event& e) {
    const int present = (e.bytes ? has_bytes : 0) | (e.opened_at ? has_opened : 0) | (e.closed_at ? has_closed : 0) |
                        (e.updated_at ? has_updated : 0) | (e.time ? has_time : 0);
    to.octet(static_cast<std::uint8_t>(e.kind));
    to.octet(static_cast<std::uint8_t>(present));
    to.octet(static_cast<std::uint8_t>(e.agent_class));
    to.text(e.server);
    to.text(e.id);
    to.text(e.channel);
    to.text(e.country);
    to.text(e.protocol);
    to.text(e.user_id);
    to.text(e.ip);
    to.text(e.user_agent);
    if (e.bytes) to.number(*e.bytes);
    if (e.opened_at) to.time(*e.opened_at);
    if (e.closed_at) to.time(*e.closed_at);
    if (e.updated_at) to.time(*e.updated_at);
    if (e.time) to.time(*e.time);
}

std::optional<instant> read_time(byte_reader& from, bool there) {
    if (!there) return std::nullopt;
    const instant t = from.time();
    if (t < instant{} || t > instant_max) from.fail();
    return t;
}

play_event read(byte_reader& from) {
    play_event e;
    const std::uint8_t kind = from.octet();
    const std::uint8_t present = from.octet();
    const std::uint8_t agent_class = from.octet();
    if (kind > static_cast<std::uint8_t>(event_kind::server_started) || agent_class >= user_agent_class_count) {
        from.fail();
        return e;
    }
    e.kind = static_cast<event_kind>(kind);
    e.agent_class = static_cast<user_agent_class>(agent_class);
    for (std::string_view* text :
         {&e.server, &e.id, &e.channel, &e.country, &e.protocol, &e.user_id, &e.ip, &e.user_agent}) {
        *text = from.text();
    }
    if ((present & has_bytes) != 0) e.bytes = from.number();
    e.opened_at = read_time(from, (present & has_opened) != 0);
    e.closed_at = read_time(from, (present & has_closed) != 0);
    e.updated_at = read_time(from, (present & has_updated) != 0);
    e.time = read_time(from, (present & has_time) != 0);
    return e;
}

}  // namespace

std::size_t encoded_bytes_at_most(std::span<const play_event> events) {
    std::size_t bytes = head_bytes_max;
    for (const play_event& e : events) {
        bytes += event_bytes_max_without_texts + e.server.size() + e.id.size() + e.channel.size() + e.country.size() +
                 e.protocol.size() + e.user_id.size() + e.ip.size() + e.user_agent.size();
    }
    return bytes;
}

std::vector<std::byte> encode_events(std::span<const play_event> events, instant received) {
    std::vector<std::byte> bytes(encoded_bytes_at_most(events));
    byte_filler to(bytes.data());
    to.octet(codec_version);
    to.raw(std::array<std::byte, receipt_bytes>{});
    to.number(events.size());
    for (const play_event& e : events) write(to, e);
    bytes.resize(static_cast<std::size_t>(to.end() - bytes.data()));
    stamp_receipt(bytes, received);
    return bytes;
}

// A number with zeros in front, so to speak: readers take it like any other.
void stamp_receipt(std::span<std::byte> encoded, instant received) {
    std::uint64_t left = folded(received.time_since_epoch().count());
    for (std::byte& digits : encoded.subspan(1, receipt_bytes)) {
        digits = static_cast<std::byte>(left | 0x80U);
        left >>= 7U;
    }
    encoded[receipt_bytes] &= std::byte{0x7F};
}

std::optional<decoded_events> decode_events(std::span<const std::byte> bytes) {
    constexpr std::size_t event_bytes_min = 11;
    byte_reader from(bytes);
    if (from.octet() != codec_version) return std::nullopt;
    decoded_events decoded;
    decoded.received = from.time();
    const std::uint64_t count = from.number();
    if (from.failed() || count > from.left() / event_bytes_min) return std::nullopt;
    decoded.events.reserve(static_cast<std::size_t>(count));
    for (std::uint64_t i = 0; i < count && !from.failed(); ++i) decoded.events.push_back(read(from));
    if (from.failed() || from.left() != 0) return std::nullopt;
    return decoded;
}

}  // namespace streamstats::wire
