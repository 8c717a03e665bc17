// What a session has besides its record: dictionary values, texts, samples, the bytes of its close.
#include "engine/engine_state.hpp"

namespace streamstats {
namespace {

constexpr std::size_t everything = static_cast<std::size_t>(-1);

}  // namespace

session_ref engine::state::create(const play_event& event, const event_identity& who_is) {
    const minute_number now = number_of(clock);
    // Which values have a place must not depend on how much was tidied up.
    if (servers.full() || channels.full() || countries.full() || protocols.full()) tidy(everything);
    const session_ref ref = table.insert(who_is.session);
    session& s = table.at(ref);
    s.more = texts.add(event.id, event.user_id.empty() ? event.ip : event.user_id);
    s.user = who_is.user;
    s.solo = event.user_id.empty() && event.ip.empty();
    s.set_opened(still_open);
    s.pictured = picture.parity;
    s.server = servers.acquire(event.server, now) & 0xF'FFFFU;
    s.channel = channels.acquire(event.channel, now) & 0xF'FFFFU;
    s.country = countries.acquire(event.country, now) & 0x3FFU;
    s.protocol = protocols.acquire(event.protocol, now) & 0xFFFFU;
    s.agent_class = static_cast<std::uint32_t>(event.agent_class) & 7U;
    return ref;
}

void engine::state::forget(session_ref ref) {
    session& s = table.at(ref);
    who.remove(ref);
    servers.release(s.server);
    channels.release(s.channel);
    countries.release(s.country);
    protocols.release(s.protocol & 0xFFFFU);
    drop_texts(s);
    if (s.sampled) {
        sampled_session& its = histories[s.more];
        samples_kept -= its.history.size();
        its = {};
        free_histories.push_back(static_cast<std::uint32_t>(s.more));
    }
    if (s.in_store) gone.push_back(s.key);
    table.erase(ref);
}

text_pool::texts engine::state::texts_of(const session& s) const {
    if (!s.has_texts()) return {};
    return texts.get(s.sampled ? histories[s.more].texts : static_cast<std::uint32_t>(s.more));
}

void engine::state::drop_texts(session& s) {
    if (!s.has_texts()) return;
    texts.remove(s.sampled ? histories[s.more].texts : static_cast<std::uint32_t>(s.more));
}

sample_history& engine::state::samples_of(session& s) {
    if (s.sampled) return histories[s.more].history;
    std::uint64_t place = histories.size();
    if (free_histories.empty()) {
        histories.emplace_back();
    } else {
        place = free_histories.back();
        free_histories.pop_back();
    }
    sampled_session& its = histories[place];
    if (s.has_texts()) {
        its.texts = static_cast<std::uint32_t>(s.more);
    } else {
        its.close_bytes = s.more;
    }
    s.more = place;
    s.sampled = true;
    return its.history;
}

void engine::state::end_really(session& s, const ending& how, std::uint64_t bytes) {
    drop_texts(s);
    s.ending = how.kind;
    s.set_closed(how.at);
    (s.sampled ? histories[s.more].close_bytes : s.more) = bytes;
}

}  // namespace streamstats
