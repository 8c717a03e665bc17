// Feeds the decoder with anything, and holds what comes out to its contract.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "streamstats/wire/decode.hpp"
#include "streamstats/wire/event_codec.hpp"

namespace {

using namespace streamstats;

void require(bool rule) {
    if (!rule) std::abort();
}

bool in_range(const std::optional<instant>& t) {
    return !t || (*t >= instant{} && *t <= instant_max);
}

void check(const play_event& event) {
    require(event.kind == event_kind::server_started || !event.id.empty());
    require(event.id.size() <= wire::id_bytes_max);
    for (const std::string_view name : {event.server, event.channel, event.protocol}) {
        require(!name.empty() && name.size() <= wire::name_bytes_max);
    }
    for (const std::string_view name : {event.user_id, event.ip}) require(name.size() <= wire::name_bytes_max);
    require(event.country == unknown_value || event.country.size() == 2);
    require(event.user_agent.size() <= wire::user_agent_bytes_max);
    require(event.bytes.value_or(0) <= INT64_MAX);
    require(in_range(event.opened_at) && in_range(event.closed_at) && in_range(event.updated_at));
    require(in_range(event.time));
}

// What the journal gets is what the events are.
void check_record(const wire::batch& content) {
    const wire::record_lead lead = wire::lead_of(instant_max);
    std::vector<std::byte> record(lead.size() + content.encoded().size());
    std::ranges::copy(content.encoded(), std::ranges::copy(lead, record.begin()).out);
    const auto read = wire::decode_events(record);
    require(read && read->received == instant_max);
    require(read->events == content.events);
    require(record == wire::encode_events(content.events, instant_max));
}

void check(const wire::batch& content) {
    require(content.received == content.events.size() + content.ignored + content.rejections.size());
    for (const play_event& event : content.events) check(event);
    check_record(content);
    for (const wire::rejection& why : content.rejections) {
        require(why.index < content.received && !why.message.empty());
        require(!why.json.empty() && why.json.size() <= wire::rejected_json_bytes_max);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static wire::decoder decoder;
    wire::batch content;
    const wire::decode_outcome outcome = decoder.decode({reinterpret_cast<const char*>(data), size}, content);
    require((outcome.error == wire::decode_error::none) == outcome.message.empty());
    if (outcome.error == wire::decode_error::none) check(content);
    return 0;
}
