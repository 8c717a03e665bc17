#include "simulate/chronicle.hpp"

#include <algorithm>

#include "streamstats/wire/user_agent.hpp"

namespace streamstats::simulate {

chronicle::chronicle(const catalogue& names, closing_rules rules) : names_(names) {
    for (const agent& one : names.agents()) classes_.push_back(wire::classify(one.text));
    history_.restarts.resize(names.servers().size());
    history_.rules = rules;
}

void chronicle::heard(const happening& what) {
    true_session& session = session_of(what.session);
    const bool with_bytes = what.session.tells_bytes;
    if (what.kind == event_kind::play_updated) {
        session.newest_update = std::max(session.newest_update.value_or(what.at), what.at);
        if (with_bytes) session.updates.push_back({what.at, what.bytes});
    } else if (what.kind == event_kind::play_closed) {
        session.closed = what.at;
        if (with_bytes) session.closed_bytes = what.bytes;
        open_.erase(what.session.number);
    }
}

void chronicle::restarted(std::uint32_t server, instant at) {
    history_.restarts[server].push_back(at);
}

true_session& chronicle::session_of(const viewing& session) {
    const auto [place, is_new] = open_.try_emplace(session.number, history_.sessions.size());
    if (!is_new) return history_.sessions[place->second];
    true_session& added = history_.sessions.emplace_back();
    added.server_number = session.server;
    added.server = names_.servers()[session.server].counted;
    added.channel = names_.channels()[session.channel].counted;
    added.country = names_.countries()[session.who.country].counted;
    added.protocol = names_.protocols()[session.protocol].counted;
    added.agent_class = classes_[session.who.agent];
    added.user = user_of(session);
    added.opened = session.opened;
    return added;
}

// The three sorts of user keys never meet: the first letter tells them apart.
std::uint64_t chronicle::user_of(const viewing& session) {
    std::string key;
    if (session.who.known_by == identity::account) {
        key = "u" + user_id_of(session.who);
    } else if (session.who.known_by == identity::address) {
        key = "a" + ip_of(session.who) + '\n' + std::string{names_.agents()[session.who.agent].text};
    } else {
        key = "s" + names_.servers()[session.server].sent + '\n' + session_id_of(session);
    }
    return users_.try_emplace(std::move(key), users_.size()).first->second;
}

}  // namespace streamstats::simulate
