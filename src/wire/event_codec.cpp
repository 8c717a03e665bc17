#include "streamstats/wire/event_codec.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <tuple>

#include "streamstats/base/bytes.hpp"
#include "streamstats/wire/decode.hpp"
#include "wire/event_form.hpp"

namespace streamstats::wire {
namespace {

constexpr std::uint8_t codec_version = 1;

// What an event may lack, by bit of its presence byte.
enum presence : std::uint8_t { has_bytes = 1, has_opened = 2, has_closed = 4, has_updated = 8, has_time = 16 };

// The time of receipt takes as many bytes, whatever it is: 49 bits, which are enough until the year 10889.
constexpr std::size_t receipt_bytes = std::tuple_size_v<record_lead> - 1;
static_assert(folded(instant_max.time_since_epoch().count()) < std::uint64_t{1} << (7 * receipt_bytes));
// Kind, presence, class, the lengths of eight texts, bytes and four times.
constexpr std::size_t event_bytes_max_without_texts = 3 + (8 + 5) * number_bytes_max;

std::optional<instant> read_time(byte_reader& from, bool there) {
    if (!there) return std::nullopt;
    const instant t = from.time();
    if (t < instant{} || t > instant_max) from.fail();
    return t;
}

std::uint64_t read_byte_count(byte_reader& from) {
    const std::uint64_t count = from.number();
    if (count > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) from.fail();
    return count;
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
    visit_texts(e, [&](text_ref& text) {
        const std::string_view written = from.text();
        if (written.size() > text_ref::size_max) return from.fail();
        text = written;
    });
    if ((present & has_bytes) != 0) e.bytes = read_byte_count(from);
    e.opened_at = read_time(from, (present & has_opened) != 0);
    e.closed_at = read_time(from, (present & has_closed) != 0);
    e.updated_at = read_time(from, (present & has_updated) != 0);
    e.time = read_time(from, (present & has_time) != 0);
    return e;
}

}  // namespace

std::size_t written_bytes_at_most(const play_event& event) {
    std::size_t bytes = event_bytes_max_without_texts;
    visit_texts(event, [&](std::string_view text) { bytes += text.size(); });
    return bytes;
}

std::byte* write_event(std::byte* to, play_event& event) {
    const int present = (event.bytes ? has_bytes : 0) | (event.opened_at ? has_opened : 0) |
                        (event.closed_at ? has_closed : 0) | (event.updated_at ? has_updated : 0) |
                        (event.time ? has_time : 0);
    byte_filler filler(to);
    filler.octet(static_cast<std::uint8_t>(event.kind));
    filler.octet(static_cast<std::uint8_t>(present));
    filler.octet(static_cast<std::uint8_t>(event.agent_class));
    visit_texts(event, [&](text_ref& text) {
        filler.text(text);
        text = std::string_view(reinterpret_cast<const char*>(filler.end()) - text.size(), text.size());
    });
    if (event.bytes) filler.number(*event.bytes);
    if (event.opened_at) filler.time(*event.opened_at);
    if (event.closed_at) filler.time(*event.closed_at);
    if (event.updated_at) filler.time(*event.updated_at);
    if (event.time) filler.time(*event.time);
    return filler.end();
}

// The time is a number with zeros in front, so to speak: readers take it like any other.
record_lead lead_of(instant received) {
    record_lead lead;
    lead[0] = std::byte{codec_version};
    std::uint64_t left = folded(received.time_since_epoch().count());
    for (std::size_t i = 1; i < lead.size(); ++i) {
        lead[i] = static_cast<std::byte>(left | 0x80U);
        left >>= 7U;
    }
    lead.back() &= std::byte{0x7F};
    return lead;
}

std::vector<std::byte> encode_events(std::span<const play_event> events, instant received) {
    batch kept;
    for (const play_event& event : events) kept.add(event);
    const record_lead lead = lead_of(received);
    const std::span<const std::byte> rest = kept.encoded();
    std::vector<std::byte> bytes(lead.size() + rest.size());
    std::ranges::copy(rest, std::ranges::copy(lead, bytes.begin()).out);
    return bytes;
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
