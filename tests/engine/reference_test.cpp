// The reference itself, against numbers worked out by hand.
#include "support/reference.hpp"

#include <deque>
#include <string_view>

#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::testing;
using namespace std::chrono_literals;

namespace {

// 12:00:00 of some day; the texts below are of that day: "12:00", "12:00:10", "12:00:10.250".
instant at(std::string_view text) {
    const auto number = [text](std::size_t from, std::size_t digits) {
        return from < text.size() ? std::stoll(std::string{text.substr(from, digits)}) : 0;
    };
    const instant midnight = std::chrono::sys_days{std::chrono::year{2026} / 3 / 1};
    return midnight + number(0, 2) * 1h + number(3, 2) * 1min + number(6, 2) * 1s + number(9, 3) * 1ms;
}

minute minute_at(std::string_view text) {
    return minute_of(at(text));
}

// What was sent, and the tables that follow from it.
struct ledger {
    engine_limits limits{.session_max_age = 20min, .idle_timeout = 3min};
    std::deque<receipt> sent{};  // a deque, so that what receive() returned stays valid

    // An event that was made, and received, at `when`.
    sent_event& receive(event_kind kind, std::string_view when, std::string_view id) {
        sent_event event;
        event.kind = kind;
        event.server = "a";
        event.id = id;
        event.time = at(when);
        sent.push_back({event, at(when)});
        return sent.back().event;
    }
    sent_event& started(std::string_view when, std::string_view id = "s1") {
        return receive(event_kind::play_started, when, id);
    }
    sent_event& updated(std::string_view when, std::uint64_t bytes, std::string_view id = "s1") {
        sent_event& event = receive(event_kind::play_updated, when, id);
        event.bytes = bytes;
        return event;
    }
    sent_event& closed(std::string_view when, std::string_view id = "s1") {
        return receive(event_kind::play_closed, when, id);
    }
    sent_event& restarted(std::string_view when, std::string_view server = "a") {
        sent_event& event = receive(event_kind::server_started, when, "");
        event.server = server;
        return event;
    }

    [[nodiscard]] std::vector<receipt> list() const { return {sent.begin(), sent.end()}; }
    [[nodiscard]] rows tables(std::string_view now = "14:00", bool growing = false) const {
        return rows_at(list(), limits, at(now), growing);
    }
    [[nodiscard]] minute_numbers row(std::string_view m, std::string_view now = "14:00") const {
        const rows all = tables(now);
        const auto found = all.find({minute_at(m), dimension::global, ""});
        return found == all.end() ? minute_numbers{} : found->second;
    }
    [[nodiscard]] session_facts session(std::string_view now = "14:00") const {
        const std::vector<session_facts> sessions = sessions_at(list(), limits, at(now));
        REQUIRE(sessions.size() == 1);
        return sessions.front();
    }
    [[nodiscard]] std::int64_t bytes(std::string_view m, std::string_view now = "14:00") const {
        return row(m, now).total_bytes;
    }
};

}  // namespace

TEST_CASE("reference: a session counts where it starts, where it closes, and is watched in between", "[reference]") {
    ledger t;
    t.started("12:00:10");
    t.closed("12:02:05.250");
    CHECK(t.row("12:00") == minute_numbers{1, 0, 50'000, 1, 1, 0});
    CHECK(t.row("12:01") == minute_numbers{0, 0, 60'000, 1, 1, 0});
    CHECK(t.row("12:02") == minute_numbers{0, 1, 5'250, 1, 1, 0});
    CHECK(t.row("12:03") == minute_numbers{});
}

TEST_CASE("reference: every dimension has the row of its value, and only that", "[reference]") {
    ledger t;
    sent_event& start = t.started("12:00:10");
    start.channel = "news";
    start.country = "DE";
    start.protocol = "hls";
    start.agent_class = user_agent_class::tv;
    t.closed("12:00:20");  // says less, later
    const minute_numbers numbers{1, 1, 10'000, 1, 1, 0};
    const minute m = minute_at("12:00");
    CHECK(t.tables("12:01") == rows{{{m, dimension::global, ""}, numbers},
                                    {{m, dimension::server, "a"}, numbers},
                                    {{m, dimension::channel, "news"}, numbers},
                                    {{m, dimension::country, "DE"}, numbers},
                                    {{m, dimension::protocol, "hls"}, numbers},
                                    {{m, dimension::user_agent_class, "tv"}, numbers}});
}

TEST_CASE("reference: the global table has every finished minute since the first, zeros included", "[reference]") {
    ledger t;
    t.started("12:00:10");
    t.closed("12:00:20");
    CHECK(t.tables("12:00:59.999").empty());
    CHECK(t.tables("12:01:00").size() == 6);
    CHECK(t.tables("12:03:59").size() == 8);
    CHECK(t.tables("12:03:59").contains({minute_at("12:02"), dimension::global, ""}));
}

TEST_CASE("reference: a server_started is enough to make the first minute", "[reference]") {
    ledger t;
    t.restarted("12:00:30");
    CHECK(t.tables("12:02") ==
          rows{{{minute_at("12:00"), dimension::global, ""}, {}}, {{minute_at("12:01"), dimension::global, ""}, {}}});
}

TEST_CASE("reference: no event, no row", "[reference]") {
    CHECK(ledger{}.tables().empty());
}

TEST_CASE("reference: a close on the border counts in the minute that starts there, which is not watched",
          "[reference]") {
    ledger t;
    t.started("12:00:30");
    t.closed("12:01:00");
    CHECK(t.row("12:00") == minute_numbers{1, 0, 30'000, 1, 1, 0});
    CHECK(t.row("12:01") == minute_numbers{0, 1, 0, 0, 0, 0});
}

TEST_CASE("reference: an opening on the border counts in the minute that starts there", "[reference]") {
    ledger t;
    t.started("12:01:00");
    t.closed("12:01:59.999");
    CHECK(t.row("12:00") == minute_numbers{});
    CHECK(t.row("12:01") == minute_numbers{1, 1, 59'999, 1, 1, 0});
}

TEST_CASE("reference: a session of no length is a viewer, but never at the same time as anybody", "[reference]") {
    ledger t;
    t.started("12:01:00");
    t.closed("12:01:00").bytes = 77;
    CHECK(t.row("12:01") == minute_numbers{1, 1, 0, 0, 1, 77});
    CHECK(t.row("12:00") == minute_numbers{});
}

TEST_CASE("reference: the peak counts sessions at one instant, not in one minute", "[reference]") {
    ledger t;
    t.started("12:00:00", "s1");
    t.closed("12:00:20", "s1");
    t.started("12:00:20", "s2");  // opens as the first closes: one at a time
    t.closed("12:00:50", "s2");
    t.started("12:00:49.999", "s3");  // one millisecond together with the second
    t.closed("12:00:55", "s3");
    CHECK(t.row("12:00").peak_concurrent == 2);
    CHECK(t.row("12:00").sessions_started == 3);
}

TEST_CASE("reference: the peak of a minute may be what it begins with", "[reference]") {
    ledger t;
    t.started("12:00:10", "s1");
    t.started("12:00:20", "s2");
    t.closed("12:01:10", "s1");
    t.closed("12:01:20", "s2");
    CHECK(t.row("12:01").peak_concurrent == 2);
}

TEST_CASE("reference: sessions of one user are one viewer", "[reference]") {
    ledger t;
    for (const char* id : {"s1", "s2", "s3"}) t.started("12:00:10", id).user_id = "anna";
    t.started("12:00:10", "s4").user_id = "bert";
    for (const char* id : {"s1", "s2", "s3", "s4"}) t.closed("12:00:20", id);
    CHECK(t.row("12:00").unique_users == 2);
    CHECK(t.row("12:00").peak_concurrent == 4);
}

TEST_CASE("reference: without a user id, address and agent together are the user", "[reference]") {
    ledger t;
    const auto viewer = [&t](std::string_view id, const char* ip, const char* agent) {
        sent_event& start = t.started("12:00:10", id);
        start.ip = ip;
        start.user_agent = agent;
        t.closed("12:00:20", id);
    };
    viewer("s1", "10.0.0.1", "vlc");
    viewer("s2", "10.0.0.1", "vlc");
    viewer("s3", "10.0.0.1", "kodi");
    viewer("s4", "10.0.0.1", "");
    viewer("s5", "", "vlc");  // no address: a user of its own
    viewer("s6", "", "vlc");
    CHECK(t.row("12:00").unique_users == 5);
}

TEST_CASE("reference: a user id that reads like an address is not that address", "[reference]") {
    ledger t;
    t.started("12:00:10", "s1").user_id = "10.0.0.1";
    t.started("12:00:10", "s2").ip = "10.0.0.1";
    CHECK(t.row("12:00").unique_users == 2);
}

TEST_CASE("reference: the same id on two servers is two sessions", "[reference]") {
    ledger t;
    t.started("12:00:10");
    t.started("12:00:10").server = "b";
    CHECK(t.row("12:00").sessions_started == 2);
    CHECK(t.row("12:00").unique_users == 2);
}

TEST_CASE("reference: opened_at beats the time of the start, whichever event has it", "[reference]") {
    ledger t;
    t.started("12:00:10");
    t.closed("12:05:00").opened_at = at("12:00:40");
    CHECK(t.session().opened == at("12:00:40"));
}

TEST_CASE("reference: of two opened_at the smaller wins", "[reference]") {
    ledger t;
    t.started("12:00:10").opened_at = at("12:00:05");
    t.closed("12:05:00").opened_at = at("12:00:03");
    CHECK(t.session().opened == at("12:00:03"));
}

TEST_CASE("reference: the time of a start beats the earlier time of another event", "[reference]") {
    ledger t;
    t.updated("12:00:10", 5);
    t.started("12:00:20");
    CHECK(t.session().opened == at("12:00:20"));
}

TEST_CASE("reference: without start and opened_at a session opens with its first event", "[reference]") {
    ledger t;
    t.closed("12:03:00");
    t.updated("12:01:00", 5);
    CHECK(t.session().opened == at("12:01:00"));
    CHECK(t.session().closed == at("12:03:00"));
}

TEST_CASE("reference: a close alone with both instants is a whole session", "[reference]") {
    ledger t;
    sent_event& close = t.closed("12:10:00");
    close.opened_at = at("12:00:30");
    close.closed_at = at("12:01:30");
    close.bytes = 600;
    CHECK(t.row("12:00") == minute_numbers{1, 0, 30'000, 1, 1, 300});
    CHECK(t.row("12:01") == minute_numbers{0, 1, 30'000, 1, 1, 300});
}

TEST_CASE("reference: closed_at beats the time of the close, and of two closes the smaller wins", "[reference]") {
    ledger t;
    t.started("12:00:10");
    t.closed("12:01:00").bytes = 9;
    sent_event& second = t.closed("12:04:00");
    second.closed_at = at("12:03:00");
    second.bytes = 7;
    CHECK(t.session().closed == at("12:03:00"));
    CHECK(t.session().samples.back().bytes == 7);
    t.closed("12:05:00").closed_at = at("12:02:00");
    CHECK(t.session().closed == at("12:02:00"));
    CHECK(t.session().samples.size() == 1);  // the close that counts has no bytes
}

TEST_CASE("reference: of two closes at the same instant the larger byte count is taken", "[reference]") {
    ledger t;
    t.started("12:00:10");
    t.closed("12:00:40").bytes = 9;
    t.closed("12:00:40").bytes = 11;
    t.closed("12:00:40");
    CHECK(t.bytes("12:00") == 11);
}

TEST_CASE("reference: a close before the opening closes at the opening", "[reference]") {
    ledger t;
    t.started("12:05:30");
    t.closed("12:01:00").bytes = 50;
    CHECK(t.session().closed == at("12:05:30"));
    CHECK(t.row("12:05") == minute_numbers{1, 1, 0, 0, 1, 50});
    CHECK_FALSE(t.tables().contains({minute_at("12:01"), dimension::global, ""}));
}

TEST_CASE("reference: 300 seconds ahead are believed, a millisecond more is replaced by the receipt", "[reference]") {
    ledger t;
    t.started("12:00:00").time = at("12:05:00");
    t.closed("12:00:00").closed_at = at("12:05:00");
    CHECK(t.session().opened == at("12:05:00"));
    CHECK(t.session().closed == at("12:05:00"));
    t.sent[0].event.time = at("12:05:00.001");
    CHECK(t.session().opened == at("12:00:00"));
    t.sent[1].event.closed_at = at("12:05:00.001");
    CHECK(t.session().closed == at("12:00:00"));
}

TEST_CASE("reference: the clock guard holds for opened_at and updated_at too", "[reference]") {
    ledger t;
    t.started("12:00:00").opened_at = at("13:00:00");
    t.updated("12:00:30", 5).updated_at = at("13:00:00");
    CHECK(t.session().opened == at("12:00:00"));
    CHECK(t.session().samples.back().at == at("12:00:30"));
    CHECK(t.session().closed == at("12:00:30"));  // idle
}

TEST_CASE("reference: an event without time happened when it was received", "[reference]") {
    ledger t;
    t.started("12:00:10").time.reset();
    t.closed("12:00:40").time.reset();
    CHECK(t.row("12:00").watch_time_ms == 30'000);
}

TEST_CASE("reference: bytes flow evenly between samples, rounded down at each border", "[reference]") {
    ledger t;
    t.started("12:00:30");
    t.updated("12:01:00", 100);
    t.closed("12:04:00").bytes = 200;  // 100 bytes over three minutes: 133, 166, 200 at the borders
    CHECK(t.bytes("12:00") == 100);
    CHECK(t.bytes("12:01") == 33);
    CHECK(t.bytes("12:02") == 33);
    CHECK(t.bytes("12:03") == 34);
    CHECK(t.bytes("12:04") == 0);
}

TEST_CASE("reference: byte counts of 50 bits are divided without overflow", "[reference]") {
    ledger t;
    t.started("12:00:30");
    t.closed("12:02:00").bytes = session_bytes_max;
    CHECK(t.bytes("12:00") == 375'299'968'947'541);  // a third, rounded down
    CHECK(t.bytes("12:01") == 750'599'937'895'083);
}

TEST_CASE("reference: a byte count that is too large to be true is none", "[reference]") {
    ledger t;
    t.started("12:00:00");
    t.updated("12:00:30", session_bytes_max + 1);
    t.closed("12:01:00").bytes = 60;
    CHECK(t.bytes("12:00") == 60);
}

TEST_CASE("reference: samples that are not later or smaller are dropped", "[reference]") {
    ledger t;
    t.started("12:00:00");
    t.updated("12:00:10", 100);
    t.updated("12:00:10", 120);  // same time: the smaller one came first in their order
    t.updated("12:00:20", 90);   // shrinks
    t.updated("12:00:30", 100);  // nothing more, but later
    t.closed("12:00:50").bytes = 150;
    const session_facts s = t.session();
    REQUIRE(s.samples.size() == 4);
    CHECK(s.samples[1].bytes == 100);
    CHECK(s.samples[2].at == at("12:00:30"));
    CHECK(s.samples[3].bytes == 150);
}

TEST_CASE("reference: an update at the opening is not later than the sample of the opening", "[reference]") {
    ledger t;
    t.started("12:00:10");
    t.updated("12:00:10", 40);
    t.updated("12:00:05", 30);
    t.closed("12:00:20").bytes = 10;
    CHECK(t.session().samples.size() == 2);
    CHECK(t.bytes("12:00") == 10);
}

TEST_CASE("reference: the bytes of a close at the time of the last update fall in that minute", "[reference]") {
    ledger t;
    t.started("12:00:30");
    t.updated("12:01:00", 100);
    t.closed("12:01:00").bytes = 130;
    CHECK(t.bytes("12:00") == 100);
    CHECK(t.bytes("12:01") == 30);
}

TEST_CASE("reference: a close with fewer bytes than the last update adds none", "[reference]") {
    ledger t;
    t.started("12:00:30");
    t.updated("12:01:00", 100);
    t.closed("12:01:30").bytes = 99;
    CHECK(t.bytes("12:00") + t.bytes("12:01") == 100);
}

TEST_CASE("reference: updates after the close are dropped, one at the close is kept", "[reference]") {
    ledger t;
    t.started("12:00:00");
    t.updated("12:00:30", 60);
    t.updated("12:00:30.001", 70);
    t.closed("12:00:30");
    CHECK(t.bytes("12:00") == 60);
}

TEST_CASE("reference: an update without bytes is no sample, the bytes of a start are none either", "[reference]") {
    ledger t;
    t.started("12:00:00").bytes = 1'000;
    t.updated("12:00:10", 0).bytes.reset();
    t.closed("12:00:30");
    CHECK(t.session().samples.size() == 1);
    CHECK(t.bytes("12:00") == 0);
}

TEST_CASE("reference: updated_at beats the time of the update", "[reference]") {
    ledger t;
    t.started("12:00:00");
    t.updated("12:02:00", 60).updated_at = at("12:01:00");
    t.closed("12:02:00");
    CHECK(t.bytes("12:00") == 60);
    CHECK(t.bytes("12:01") == 0);
}

TEST_CASE("reference: a server_started closes what its server opened before it", "[reference]") {
    ledger t;
    t.started("12:00:30");
    t.restarted("12:00:30");           // not after the opening
    t.restarted("12:01:00.000", "b");  // another server
    t.restarted("12:03:00");
    t.restarted("12:02:00");  // the earliest after the opening counts
    CHECK(t.session().cause == close_cause::restart);
    CHECK(t.session().closed == at("12:02:00"));
    CHECK(t.row("12:02") == minute_numbers{0, 1, 0, 0, 0, 0});
}

TEST_CASE("reference: a real close takes the place of an inferred one, earlier or later", "[reference]") {
    ledger t;
    t.started("12:00:30");
    t.restarted("12:02:00");
    t.closed("12:05:00");
    CHECK(t.session().closed == at("12:05:00"));
    CHECK(t.session().cause == close_cause::real);
}

TEST_CASE("reference: a session is closed when it reaches its greatest age, not before", "[reference]") {
    ledger t;  // 20 minutes
    t.started("12:00:30");
    CHECK_FALSE(t.session("12:20:29.999").closed);
    CHECK(t.session("12:20:30").closed == at("12:20:30"));
    CHECK(t.session("12:20:30").cause == close_cause::age);
}

TEST_CASE("reference: a real close beyond the greatest age adds its bytes up to that age", "[reference]") {
    ledger t;
    t.started("12:00:00");
    t.closed("12:40:00").bytes = 2'000;
    CHECK(t.session().closed == at("12:20:00"));
    CHECK(t.bytes("12:00") == 100);
    CHECK(t.bytes("12:19") == 100);
    CHECK(t.row("12:20") == minute_numbers{0, 1, 0, 0, 0, 0});
}

TEST_CASE("reference: updates that stop close a session at the last of them, with or without bytes", "[reference]") {
    ledger t;  // 3 minutes
    t.started("12:00:00");
    t.updated("12:01:10", 70);
    t.updated("12:01:40", 0).bytes.reset();
    CHECK_FALSE(t.session("12:04:39.999").closed);
    CHECK(t.session("12:04:40").closed == at("12:01:40"));
    CHECK(t.session("12:04:40").cause == close_cause::idle);
    CHECK(t.row("12:01", "12:04:39").watch_time_ms == 60'000);
    CHECK(t.row("12:01", "12:04:40").watch_time_ms == 40'000);
}

TEST_CASE("reference: a session that never sent an update does not become idle", "[reference]") {
    ledger t;
    t.started("12:00:00");
    CHECK_FALSE(t.session("12:19:59").closed);
}

TEST_CASE("reference: an idle session that speaks again was never closed", "[reference]") {
    ledger t;
    t.started("12:00:00");
    t.updated("12:01:00", 60);
    t.updated("12:09:00", 540);
    CHECK_FALSE(t.session("12:11:59").closed);
    CHECK(t.row("12:05", "12:11:59") == minute_numbers{0, 0, 60'000, 1, 1, 60});
}

TEST_CASE("reference: an update from before the opening makes a session idle at its opening", "[reference]") {
    ledger t;
    t.updated("12:00:00", 5);
    t.started("12:01:00");
    CHECK(t.session("12:04:00").closed == at("12:01:00"));
}

TEST_CASE("reference: of several inferred closes the one whose deadline is first wins", "[reference]") {
    ledger t;
    t.started("12:00:00");
    t.updated("12:10:00", 60);
    t.restarted("12:12:59");  // before the silence is noticed at 12:13
    CHECK(t.session().closed == at("12:12:59"));
    t.sent.back().event.time = at("12:13:00");  // at the same instant: the restart
    CHECK(t.session().closed == at("12:13:00"));
    t.sent.back().event.time = at("12:13:01");
    CHECK(t.session().closed == at("12:10:00"));
    t.sent.pop_back();
    t.updated("12:18:00", 70);  // silence would be noticed at 12:21, the age is reached at 12:20
    CHECK(t.session().closed == at("12:20:00"));
}

TEST_CASE("reference: updates later than an inferred close are dropped", "[reference]") {
    ledger t;
    t.started("12:00:00");
    t.updated("12:00:30", 30);
    t.restarted("12:01:00");
    t.updated("12:01:30", 90);
    CHECK(t.bytes("12:00") == 30);
    CHECK(t.bytes("12:01") == 0);
}

TEST_CASE("reference: the growing minute is watched until now and may hold openings that are ahead", "[reference]") {
    ledger t;
    t.started("12:00:10", "s1");
    t.started("12:00:20", "s2").time = at("12:00:50");
    const rows tables = t.tables("12:00:30", true);
    CHECK(tables.at({minute_at("12:00"), dimension::global, ""}) == minute_numbers{2, 0, 20'000, 2, 2, 0});
    CHECK(t.tables("12:00:30", false).empty());
}

TEST_CASE("reference: a close that is ahead is counted in the growing minute, but nothing is watched ahead",
          "[reference]") {
    ledger t;
    t.started("12:00:10");
    t.closed("12:00:20").closed_at = at("12:00:50");
    const row_key key{minute_at("12:00"), dimension::global, ""};
    CHECK(t.tables("12:00:30", true).at(key) == minute_numbers{1, 1, 20'000, 1, 1, 0});
    CHECK(t.tables("12:01:00", true).at(key) == minute_numbers{1, 1, 40'000, 1, 1, 0});
}

TEST_CASE("reference: repetition and order change nothing", "[reference]") {
    ledger t;
    t.started("12:00:00");
    t.updated("12:00:30", 30);
    t.restarted("12:01:00");
    t.closed("12:01:30").bytes = 90;
    const rows once = t.tables();
    std::vector<receipt> mixed = t.list();
    mixed.insert(mixed.end(), t.sent.rbegin(), t.sent.rend());
    std::swap(mixed[0], mixed[3]);
    CHECK(rows_at(mixed, t.limits, at("14:00"), false) == once);
}
