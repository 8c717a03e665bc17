#include "simulate/event_text.hpp"

#include <array>
#include <charconv>
#include <chrono>

#include "simulate/random.hpp"

namespace streamstats::simulate {
namespace {

void append_number(std::string& to, std::uint64_t number) {
    std::array<char, 24> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number);
    to.append(text.data(), end.ptr);
}

void append_field(std::string& to, std::string_view name, std::string_view text) {
    if (text.empty()) return;
    to.append(",\"").append(name).append("\":");
    append_quoted(to, text);
}

void append_field(std::string& to, std::string_view name, std::uint64_t number) {
    to.append(",\"").append(name).append("\":");
    append_number(to, number);
}

void append_field(std::string& to, std::string_view name, instant at) {
    append_field(to, name, static_cast<std::uint64_t>(at.time_since_epoch().count()));
}

// Servers of three sorts: those that send `utc_ms`, those that send `time` as text, and those that send both.
void append_time(std::string& to, std::uint32_t server, instant at) {
    if (server % 3 != 1) append_field(to, "utc_ms", at);
    if (server % 3 != 0) append_field(to, "time", to_iso_text(at));
}

void append_user_id(std::string& to, const viewer& who) {
    if (who.known_by != identity::account) return;
    if (who.numeric_account) {
        to.append(",\"user_id\":").append(user_id_of(who));
    } else {
        append_field(to, "user_id", user_id_of(who));
    }
}

void append_what_is_special(std::string& to, const happening& what) {
    // One close in eight tells its instant only as the time of the event.
    if (what.kind == event_kind::play_closed && what.session.number % 8 != 0) append_field(to, "closed_at", what.at);
    if (what.kind == event_kind::play_closed) to.append(",\"reason\":null");
    if (what.kind == event_kind::play_updated) append_field(to, "updated_at", what.at);
}

}  // namespace

void append_quoted(std::string& to, std::string_view text) {
    to.push_back('"');
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            to.push_back('\\');
            to.push_back(c);
        } else if (byte < 0x20) {
            to.append("\\u00").append(1, "01"[byte >> 4U]).append(1, "0123456789abcdef"[byte & 0xfU]);
        } else {
            to.push_back(c);
        }
    }
    to.push_back('"');
}

void append_play_event(std::string& to, const catalogue& names, const happening& what) {
    const viewing& session = what.session;
    to.append("{\"event\":");
    append_quoted(to, name_of(what.kind));
    append_field(to, "id", session_id_of(session));
    append_field(to, "server", names.servers()[session.server].sent);
    append_field(to, "media", names.channels()[session.channel].sent);
    append_field(to, "user_name", names.channels()[session.channel].sent);
    append_user_id(to, session.who);
    append_field(to, "ip", ip_of(session.who));
    append_field(to, "country", names.countries()[session.who.country].sent);
    append_field(to, "proto", names.protocols()[session.protocol].sent);
    if (session.tells_bytes) append_field(to, "bytes", what.bytes);
    append_field(to, "user_agent", names.agents()[session.who.agent].text);
    append_field(to, "opened_at", session.opened);
    append_what_is_special(to, what);
    append_time(to, session.server, what.at);
    to.append(",\"secure\":true,\"dvr\":false}");
}

void append_server_started(std::string& to, const catalogue& names, std::uint32_t server, instant at) {
    to.append("{\"event\":\"server_started\"");
    append_field(to, "server", names.servers()[server].sent);
    append_time(to, server, at);
    append_field(to, "version", "24.10");
    append_field(to, "previous_state", "killed");
    to.push_back('}');
}

}  // namespace streamstats::simulate
