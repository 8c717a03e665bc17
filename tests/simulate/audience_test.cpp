#include <cctype>
#include <map>
#include <regex>
#include <set>

#include "rehearsal.hpp"
#include "support/catch.hpp"

namespace streamstats::simulate {
namespace {

using nlohmann::json;

std::string key_of(const json& event) {
    return event.value("server", "unknown") + '\n' + event.value("id", "");
}

std::map<std::string, std::vector<json>> sessions_of(const rehearsal& played) {
    std::map<std::string, std::vector<json>> result;
    for (const json& event : played.events()) {
        if (event["event"] != "server_started") result[key_of(event)].push_back(event);
    }
    return result;
}

std::size_t count_of(const std::vector<json>& events, const char* kind) {
    std::size_t count = 0;
    for (const json& event : events) count += event["event"] == kind ? 1 : 0;
    return count;
}

simulation_settings with_everything() {
    simulation_settings settings = small_audience();
    settings.duration = seconds{600};
    settings.session_length = seconds{90};
    settings.viewers = 200;
    settings.updates = true;
    settings.restart_every = seconds{70};
    settings.missing_close_percent = 5;
    settings.missing_start_percent = 5;
    settings.close_at_end = true;
    return settings;
}

bool is_text(const json& event, const char* field, std::size_t longest) {
    return !event.contains(field) || (event[field].is_string() && event[field].get<std::string>().size() <= longest);
}

bool is_count(const json& event, const char* field) {
    return !event.contains(field) || event[field].is_number_unsigned();
}

}  // namespace

TEST_CASE("the same seed and start give the same batches, byte for byte") {
    CHECK(rehearsal{with_everything()}.bodies() == rehearsal{with_everything()}.bodies());
}

TEST_CASE("another seed gives another audience") {
    simulation_settings other = with_everything();
    other.seed = 2;
    CHECK(rehearsal{with_everything()}.bodies() != rehearsal{other}.bodies());
}

TEST_CASE("a later start gives the same audience, later") {
    simulation_settings later = small_audience();
    later.start = *later.start + seconds{7'000};
    const auto first = rehearsal{small_audience()}.events();
    const auto second = rehearsal{later}.events();
    REQUIRE(first.size() == second.size());
    for (std::size_t k = 0; k < first.size(); ++k) {
        CHECK(second[k]["opened_at"].get<std::int64_t>() - first[k]["opened_at"].get<std::int64_t>() == 7'000'000);
        CHECK(second[k].value("user_agent", "") == first[k].value("user_agent", ""));
    }
}

TEST_CASE("every event has the fields and types that the contract demands") {
    const std::set<std::string> kinds{"play_started", "play_updated", "play_closed", "server_started"};
    std::set<std::string> seen;
    for (const json& event : rehearsal{with_everything()}.events()) {
        CAPTURE(event.dump());
        REQUIRE(event.is_object());
        const auto kind = event["event"].get<std::string>();
        seen.insert(kind);
        CHECK(kinds.count(kind) == 1);
        if (kind != "server_started") CHECK((event["id"].is_string() && event["id"].get<std::string>().size() == 36));
        for (const char* field : {"server", "media", "ip", "user_agent", "country", "proto"})
            CHECK(is_text(event, field, 255));
        for (const char* field : {"bytes", "opened_at", "closed_at", "updated_at", "utc_ms"})
            CHECK(is_count(event, field));
        CHECK((event.contains("utc_ms") || event.contains("time")));
        CHECK((!event.contains("user_id") || event["user_id"].is_string() || event["user_id"].is_number_unsigned()));
    }
    CHECK(seen == kinds);
}

TEST_CASE("a session id is a UUID whose first 8 digits are the second of the opening") {
    const std::regex uuid{"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}"};
    for (const json& event : rehearsal{small_audience()}.events()) {
        const auto id = event["id"].get<std::string>();
        CHECK(std::regex_match(id, uuid));
        CHECK(std::stoll(id.substr(0, 8), nullptr, 16) == event["opened_at"].get<std::int64_t>() / 1'000);
    }
}

TEST_CASE("a server has each session id once, two servers may share one") {
    simulation_settings busy = with_everything();
    busy.viewers = 3'000;
    busy.duration = seconds{60};
    std::map<std::string, std::set<std::string>> servers_of_id;
    for (const auto& [key, events] : sessions_of(rehearsal{busy})) {
        CAPTURE(key);
        CHECK(count_of(events, "play_started") <= 1);
        CHECK(count_of(events, "play_closed") <= 1);
        for (const json& event : events) {
            CHECK(event["opened_at"] == events.front()["opened_at"]);
            CHECK(event["media"] == events.front()["media"]);
            servers_of_id[event["id"]].insert(event["server"].get<std::string>());
        }
    }
    std::size_t shared = 0;
    for (const auto& [id, servers] : servers_of_id) shared += servers.size() > 1 ? 1 : 0;
    CHECK(shared > 0);
}

TEST_CASE("bytes never shrink and fit the bit rate of the session") {
    for (const auto& [key, events] : sessions_of(rehearsal{with_everything()})) {
        std::uint64_t newest = 0;
        for (const json& event : events) {
            if (!event.contains("bytes")) continue;
            CAPTURE(event.dump());
            const auto bytes = event["bytes"].get<std::uint64_t>();
            CHECK(bytes >= newest);
            newest = bytes;
        }
        const json& end = events.back();
        if (!end.contains("closed_at") || !end.contains("bytes")) continue;
        const auto length = end["closed_at"].get<std::uint64_t>() - end["opened_at"].get<std::uint64_t>();
        CHECK(newest <= length * 12'000 / 8 * 6 / 5);  // the fastest device, wavering upwards
    }
}

TEST_CASE("updates come every 30 seconds, and only when asked for") {
    CHECK(count_of(rehearsal{small_audience()}.events(), "play_updated") == 0);
    std::size_t updates = 0;
    for (const json& event : rehearsal{with_everything()}.events()) {
        if (event["event"] != "play_updated") continue;
        ++updates;
        CHECK((event["updated_at"].get<std::int64_t>() - event["opened_at"].get<std::int64_t>()) % 30'000 == 0);
    }
    CHECK(updates > 100);
}

TEST_CASE("servers restart only when asked to, as often as asked") {
    CHECK(count_of(rehearsal{small_audience()}.events(), "server_started") == 0);
    CHECK(count_of(rehearsal{with_everything()}.events(), "server_started") == 8);  // in 600 s, every 70 s
}

TEST_CASE("a few starts and closes are missing, as many as asked") {
    simulation_settings settings = small_audience();
    settings.viewers = 500;
    settings.close_at_end = false;
    SECTION("none") {
        settings.missing_close_percent = 0;
        settings.missing_start_percent = 0;
        const rehearsal played{settings};
        const auto events = played.events();
        CHECK(count_of(events, "play_started") == count_of(events, "play_closed") + played.open());
    }
    SECTION("some starts") {
        settings.missing_close_percent = 0;
        settings.missing_start_percent = 20;
        settings.close_at_end = true;
        std::size_t without = 0;
        const auto sessions = sessions_of(rehearsal{settings});
        for (const auto& [key, events] : sessions) without += count_of(events, "play_started") == 0 ? 1 : 0;
        CHECK(without * 100 > sessions.size() * 15);
        CHECK(without * 100 < sessions.size() * 25);
    }
    SECTION("some closes") {
        settings.missing_close_percent = 20;
        settings.missing_start_percent = 0;
        const rehearsal played{settings};
        const auto sessions = sessions_of(played);
        std::size_t without = 0;
        for (const auto& [key, events] : sessions) without += count_of(events, "play_closed") == 0 ? 1 : 0;
        CHECK((without - played.open()) * 100 > sessions.size() * 12);
        CHECK((without - played.open()) * 100 < sessions.size() * 25);
    }
}

TEST_CASE("when everything is closed at the end, no session is left open by the contract") {
    const rehearsal played{with_everything()};
    const true_history& history = played.history();
    for (const true_session& session : history.sessions) {
        const closing_facts facts{session.opened, session.closed, session.newest_update,
                                  history.restarts[session.server_number]};
        CHECK(closed_by_contract(facts, history.rules, played.last()));
    }
    CHECK(history.sessions.size() == sessions_of(played).size());
}

TEST_CASE("sessions that open in the millisecond of a restart go on") {
    simulation_settings settings = small_audience();
    settings.viewers = 50'000;  // two or three openings in every millisecond
    settings.events_per_second_max = 0;
    settings.servers = 1;
    settings.duration = seconds{3};
    settings.restart_every = seconds{1};
    settings.close_at_end = true;
    const rehearsal played{settings};
    const true_history& history = played.history();
    std::size_t at_once = 0;
    for (const true_session& session : history.sessions) {
        const closing_facts facts{session.opened, session.closed, session.newest_update, history.restarts[0]};
        CHECK(closed_by_contract(facts, history.rules, played.last()));
        at_once += session.opened == history.restarts[0].front() ? 1 : 0;
    }
    CHECK(at_once > 0);
}

TEST_CASE("the audience comes near the number of viewers asked for") {
    simulation_settings settings = small_audience();
    settings.viewers = 1'000;
    const std::size_t open = rehearsal{settings}.open();
    CHECK(open > 930);
    CHECK(open <= 1'000);
}

TEST_CASE("the limit of events per second keeps viewers away") {
    simulation_settings settings = small_audience();
    settings.viewers = 1'000;
    settings.events_per_second_max = 10;
    settings.close_at_end = false;
    const std::size_t events = rehearsal{settings}.events().size();
    CHECK(events > 1'000);
    CHECK(events < 1'300);  // 120 s of 10, and what was open when the limit was reached
}

TEST_CASE("some viewers have accounts, some only an address, some neither, and some have several sessions at once") {
    simulation_settings settings = with_everything();
    std::size_t accounts = 0;
    std::size_t addresses = 0;
    std::size_t neither = 0;
    std::map<std::uint64_t, std::size_t> sessions_of_user;
    const rehearsal played{settings};
    for (const auto& [key, events] : sessions_of(played)) {
        const json& event = events.front();
        (event.contains("user_id") ? accounts : event.contains("ip") ? addresses : neither) += 1;
    }
    for (const true_session& session : played.history().sessions) ++sessions_of_user[session.user];
    CHECK(accounts > addresses);
    CHECK(addresses > 10 * neither);
    CHECK(neither > 0);
    CHECK(sessions_of_user.size() < played.history().sessions.size());
}

TEST_CASE("every class of user agents is in the audience") {
    std::set<user_agent_class> classes;
    const rehearsal played{with_everything()};
    for (const true_session& session : played.history().sessions) classes.insert(session.agent_class);
    CHECK(classes.size() == user_agent_class_count);
}

TEST_CASE("the first channel is watched most") {
    simulation_settings settings = with_everything();
    settings.viewers = 1'000;
    std::map<std::string_view, std::size_t> sessions;
    const rehearsal played{settings};
    for (const true_session& session : played.history().sessions) ++sessions[session.channel];
    const auto& channels = played.names().channels();
    CHECK(sessions[channels[0].counted] > sessions[channels[3].counted]);
    CHECK(sessions[channels[3].counted] > sessions[channels[9].counted]);
}

}  // namespace streamstats::simulate
