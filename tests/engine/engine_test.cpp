// The rules of SEMANTICS 2 to 4, one sentence each, on the real engine. The laws over random histories are in
// laws_test.cpp.
#include "streamstats/engine/engine.hpp"

#include <map>
#include <tuple>

#include "asked.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using streamstats::testing::active;
using streamstats::testing::revisions_of;
using namespace std::chrono_literals;

namespace {

// 2026-03-01T12:00:00Z
constexpr instant noon{1'772'366'400'000ms};

identity_secret secret_of_tests() {
    return identity_secret{std::array<std::uint8_t, identity_secret::bytes>{1, 2, 3}};
}

// An engine that came up at 12:00:00, the table that its rows make, and a small language to write a story in.
class bench {
public:
    explicit bench(const engine_limits& limits = {}) : engine_(limits, secret_of_tests(), noon) {}

    // What follows is received so long after noon.
    bench& at(milliseconds since_noon) {
        now_ = noon + since_noon;
        engine_.advance(now_);
        return *this;
    }
    verdict send(play_event e) {
        last_ = engine_.apply(e, now_);
        return last_;
    }
    static play_event event(event_kind kind, std::string_view id) {
        play_event e;
        e.kind = kind;
        e.id = id;
        e.server = "edge1";
        e.channel = "news";
        e.user_id = id;
        return e;
    }
    bench& started(std::string_view id) {
        send(event(event_kind::play_started, id));
        return *this;
    }
    bench& closed(std::string_view id, std::uint64_t bytes = 0) {
        play_event e = event(event_kind::play_closed, id);
        e.bytes = bytes;
        send(e);
        return *this;
    }
    bench& updated(std::string_view id, std::uint64_t bytes = 0) {
        play_event e = event(event_kind::play_updated, id);
        e.bytes = bytes;
        send(e);
        return *this;
    }
    bench& server_started() {
        play_event e = event(event_kind::server_started, {});
        send(e);
        return *this;
    }
    bench& flush(bool growing = false) {
        for (const minute_row& row : engine_.take_changed(growing)) {
            CHECK(row.kind == row_kind::whole);
            if (row.numbers.all_zero() && row.dim != dimension::global) {
                rows_.erase({row.at, row.dim, row.value});
            } else {
                rows_[{row.at, row.dim, row.value}] = row.numbers;
            }
        }
        for (const minute_row& row : revisions_of(engine_)) {
            minute_numbers& n = rows_[{row.at, row.dim, row.value}];
            n.sessions_started += row.numbers.sessions_started;
            n.sessions_closed += row.numbers.sessions_closed;
            n.watch_time_ms += row.numbers.watch_time_ms;
            n.total_bytes += row.numbers.total_bytes;
        }
        return *this;
    }
    // The global row of the minute that begins so many minutes after noon.
    [[nodiscard]] minute_numbers row(int m) const { return row(m, dimension::global, ""); }
    [[nodiscard]] minute_numbers row(int m, dimension d, std::string_view value) const {
        const auto it = rows_.find({minute_of(noon) + minutes{m}, d, std::string(value)});
        return it == rows_.end() ? minute_numbers{} : it->second;
    }
    [[nodiscard]] bool has_row(int m, dimension d = dimension::global, std::string_view value = "") const {
        return rows_.contains({minute_of(noon) + minutes{m}, d, std::string(value)});
    }
    [[nodiscard]] verdict last() const { return last_; }
    engine& core() { return engine_; }

private:
    engine engine_;
    instant now_ = noon;
    verdict last_{};
    std::map<std::tuple<minute, dimension, std::string>, minute_numbers> rows_;
};

}  // namespace

TEST_CASE("a session adds to each minute what it spends there, to the millisecond", "[engine]") {
    bench t;
    t.at(10'250ms).started("a").at(150'500ms).closed("a").at(180s).flush();
    CHECK(t.row(0) == minute_numbers{1, 0, 49'750, 1, 1, 0});
    CHECK(t.row(1) == minute_numbers{0, 0, 60'000, 1, 1, 0});
    CHECK(t.row(2) == minute_numbers{0, 1, 30'500, 1, 1, 0});
    CHECK(t.row(2, dimension::channel, "news") == t.row(2));
    CHECK(t.row(2, dimension::user_agent_class, "other") == t.row(2));
}

TEST_CASE("every minute since the first event has a global row, also when nobody watches", "[engine]") {
    bench t;
    t.at(0s).started("a").at(10s).closed("a").at(180s).flush();
    CHECK(t.has_row(1));
    CHECK(t.has_row(2));
    CHECK_FALSE(t.has_row(3));
    CHECK_FALSE(t.has_row(-1));
    CHECK_FALSE(t.has_row(1, dimension::channel, "news"));
}

TEST_CASE("viewers that leave and come at one instant do not count as two", "[engine]") {
    bench t;
    t.at(5s).started("a").at(20s).started("b").closed("a").at(60s).flush();
    CHECK(t.row(0).peak_concurrent == 1);
    CHECK(t.row(0).unique_users == 2);
}

TEST_CASE("a session that ends on the border does not overlap the minute that starts there", "[engine]") {
    bench t;
    t.at(30s).started("a").at(60s).closed("a").at(120s).flush();
    CHECK(t.row(1) == minute_numbers{0, 1, 0, 0, 0, 0});
}

TEST_CASE("a session of no length is a user, and no viewer at any instant", "[engine]") {
    bench t;
    t.at(30s).started("a").closed("a", 77).at(60s).flush();
    CHECK(t.row(0) == minute_numbers{1, 1, 0, 0, 1, 77});
}

TEST_CASE("a repeated event is a duplicate and changes nothing", "[engine]") {
    bench t;
    play_event update = bench::event(event_kind::play_updated, "a");
    update.time = noon + 30s;
    update.bytes = 5;
    play_event close = bench::event(event_kind::play_closed, "a");
    close.time = noon + 40s;
    play_event start = bench::event(event_kind::play_started, "a");
    start.time = noon;
    t.at(50s);
    for (const play_event& e : {start, update, close}) CHECK(t.send(e) == verdict::accepted);
    t.at(60s).flush();
    const minute_numbers before = t.row(0);
    for (const play_event& e : {start, update, close}) CHECK(t.send(e) == verdict::duplicate);
    t.at(120s).flush();
    CHECK(t.row(0) == before);
}

TEST_CASE("a close without its start is a whole session", "[engine]") {
    bench t;
    play_event close = bench::event(event_kind::play_closed, "a");
    close.opened_at = noon + 5s;
    close.closed_at = noon + 65s;
    close.bytes = 60'000;
    t.at(70s).send(close);
    t.at(120s).flush();
    CHECK(t.row(0) == minute_numbers{1, 0, 55'000, 1, 1, 55'000});
    CHECK(t.row(1) == minute_numbers{0, 1, 5'000, 1, 1, 5'000});
}

TEST_CASE("the same id on two servers is two sessions", "[engine]") {
    bench t;
    play_event e = bench::event(event_kind::play_started, "a");
    t.at(1s).send(e);
    e.server = "edge2";
    CHECK(t.send(e) == verdict::accepted);
    t.at(60s).flush();
    CHECK(t.row(0).peak_concurrent == 2);
    CHECK(t.row(0).unique_users == 1);
    CHECK(t.row(0, dimension::server, "edge2").peak_concurrent == 1);
}

TEST_CASE("an instant from the future is replaced by the time of receipt", "[engine]") {
    bench t;
    play_event e = bench::event(event_kind::play_started, "a");
    e.opened_at = noon + 301s;
    t.at(1s).send(e);
    CHECK(t.core().totals().clock_anomalies == 0);  // 300 s ahead are believed
    play_event f = bench::event(event_kind::play_started, "b");
    f.opened_at = noon + 301s + 1ms;
    t.send(f);
    CHECK(t.core().totals().clock_anomalies == 1);
    t.at(60s).flush();
    CHECK(t.row(0).sessions_started == 1);
}

TEST_CASE("a late close takes back what minutes already written had believed", "[engine]") {
    bench t;
    t.at(0s).started("a").at(180s).flush();
    CHECK(t.row(2) == minute_numbers{0, 0, 60'000, 1, 1, 0});
    play_event close = bench::event(event_kind::play_closed, "a");
    close.closed_at = noon + 90s;
    t.at(181s).send(close);
    t.at(240s).flush();
    CHECK(t.row(1) == minute_numbers{0, 1, 30'000, 1, 1, 0});
    CHECK_FALSE(t.has_row(2, dimension::channel, "news"));
    CHECK(t.row(2) == minute_numbers{});
}

TEST_CASE("a session whose updates stop is closed at its last update, not when that is noticed", "[engine]") {
    bench t;
    t.at(10s).started("a").at(70s).updated("a").at(669'999ms).flush();
    CHECK(t.row(9).peak_concurrent == 1);
    t.at(720s).flush();
    CHECK(t.row(0).watch_time_ms == 50'000);
    CHECK(t.row(1).watch_time_ms == 10'000);
    CHECK(t.row(1).sessions_closed == 1);
    CHECK(t.row(9) == minute_numbers{});
    CHECK(t.core().totals().inferred_closes == 1);
}

TEST_CASE("an idle session that speaks again never left", "[engine]") {
    bench t;
    t.at(10s).started("a").at(70s).updated("a").at(720s).flush().updated("a").at(780s).flush();
    CHECK(t.row(5).watch_time_ms == 60'000);
    CHECK(t.row(1).sessions_closed == 0);
    CHECK(t.core().totals().reopened_sessions == 1);
    CHECK(t.core().totals().open_sessions == 1);
}

TEST_CASE("a restarted server has lost its viewers, until one of them closes for real", "[engine]") {
    bench t;
    t.at(10s).started("a").started("b").at(40s).server_started().at(60s).flush();
    CHECK(t.row(0) == minute_numbers{2, 2, 60'000, 2, 2, 0});
    CHECK(active(t.core(), 10).active_sessions == 0);
    t.at(70s).closed("a").at(120s).flush();
    CHECK(t.row(0) == minute_numbers{2, 1, 80'000, 2, 2, 0});
    CHECK(t.row(1) == minute_numbers{0, 1, 10'000, 1, 1, 0});
}

TEST_CASE("a start that arrives after its server's restart is closed by it all the same", "[engine]") {
    bench t;
    t.at(40s).server_started();
    play_event e = bench::event(event_kind::play_started, "a");
    e.opened_at = noon + 10s;
    t.at(50s).send(e);
    t.at(60s).flush();
    CHECK(t.row(0) == minute_numbers{1, 1, 30'000, 1, 1, 0});
}

TEST_CASE("a session ends at its maximum age, and a later close adds only its bytes", "[engine]") {
    engine_limits limits;
    limits.session_max_age = 120s;
    bench t(limits);
    t.at(0s).started("a").at(180s).flush();
    CHECK(t.row(2) == minute_numbers{0, 1, 0, 0, 0, 0});
    t.closed("a", 1'200).at(240s).flush();
    CHECK(t.row(0).total_bytes == 600);
    CHECK(t.row(1).total_bytes == 600);
    CHECK(t.row(1).watch_time_ms == 60'000);
    CHECK(t.row(3) == minute_numbers{});
}

TEST_CASE("a byte count that is too large to be true is dropped, and its event counts", "[engine]") {
    bench t;
    t.at(0s).started("a").at(30s).updated("a", session_bytes_max + 1).at(60s).closed("a", session_bytes_max + 1);
    CHECK(t.core().totals().dropped_samples == 2);
    t.at(120s).flush();
    CHECK(t.row(0) == minute_numbers{1, 0, 60'000, 1, 1, 0});
    t.closed("b", 60);
    t.at(180s).flush();
    CHECK(t.row(2).total_bytes == 60);
    t.closed("c", session_bytes_max).at(240s).flush();
    CHECK(t.row(3).total_bytes == static_cast<std::int64_t>(session_bytes_max));
}

TEST_CASE("however many bytes are claimed, a row holds no more than a store can add to", "[engine]") {
    bench t;
    play_event close = bench::event(event_kind::play_closed, {});
    close.bytes = session_bytes_max;
    const auto claim = [&](int from, int to) {
        for (int i = from; i < to; ++i) {
            const std::string id = std::to_string(i);
            close.id = id;
            t.send(close);
        }
    };
    t.at(0s);
    claim(0, 4'095);
    t.at(60s).flush();
    CHECK(t.row(0).total_bytes == 4'095 * static_cast<std::int64_t>(session_bytes_max));
    t.at(120s);
    claim(4'095, 30'000);
    t.at(180s).flush();
    CHECK(t.row(2).total_bytes == row_bytes_max);

    t.at(5h).flush();
    close.opened_at = close.closed_at = noon;
    claim(30'000, 31'000);
    const std::vector<minute_row> revisions = revisions_of(t.core());
    REQUIRE(revisions.size() == 6);
    CHECK(revisions[0].numbers.total_bytes == revision_bytes_max);
}

TEST_CASE("bytes flow evenly between samples and add up to the last one", "[engine]") {
    bench t;
    t.at(30s).started("a").at(90s).updated("a", 601).at(150s).closed("a", 1'000).at(180s).flush();
    CHECK(t.row(0).total_bytes == 300);
    CHECK(t.row(1).total_bytes == 301 + 199);
    CHECK(t.row(2).total_bytes == 200);
}

TEST_CASE("byte samples out of order give the same minutes as in order", "[engine]") {
    bench t;
    play_event early = bench::event(event_kind::play_updated, "a");
    early.time = noon + 60s;
    early.bytes = 900;
    t.at(0s).started("a").at(120s).updated("a", 1'000);
    t.at(121s).send(early);
    t.at(180s).flush();
    CHECK(t.row(0).total_bytes == 900);
    CHECK(t.row(1).total_bytes == 100);
}

TEST_CASE("after a minute is final, late facts are handed out as revisions and peaks stay", "[engine]") {
    bench t;
    t.at(0s).started("a").at(60s).closed("a").at(3'600s + 61s).flush();
    const minute_numbers before = t.row(0);
    CHECK(t.core().first_mutable() > minute_of(noon));
    play_event close = bench::event(event_kind::play_closed, "b");
    close.opened_at = noon + 30s;
    close.closed_at = noon + 90s;
    close.bytes = 60;
    t.send(close);
    t.flush();
    CHECK(t.row(0) == minute_numbers{before.sessions_started + 1, 0, before.watch_time_ms + 30'000, 1, 1, 30});
    CHECK(t.row(1) == minute_numbers{0, 2, 30'000, 0, 0, 30});
    CHECK(t.core().totals().late_events == 1);
}

TEST_CASE("minutes stay open for an hour while the daemon is young, then for the late window", "[engine]") {
    bench t;
    CHECK(t.core().first_mutable() == minute_of(noon) - minutes{61});
    t.at(900s);
    CHECK(t.core().first_mutable() == minute_of(noon) - minutes{46});
    t.at(960s);
    CHECK(t.core().first_mutable() == minute_of(noon));
}

TEST_CASE("the growing minute counts open sessions up to now", "[engine]") {
    bench t;
    t.at(10s).started("a").at(30s).flush(true);
    CHECK(t.row(0) == minute_numbers{1, 0, 20'000, 1, 1, 0});
    t.at(60s).flush(true);
    CHECK(t.row(0) == minute_numbers{1, 0, 50'000, 1, 1, 0});
}

TEST_CASE("a user with many sessions is one user, chain or crowd", "[engine]") {
    const int sessions = GENERATE(2, 8, 9, 40);
    bench t;
    for (int i = 0; i < sessions; ++i) {
        const std::string id = "s" + std::to_string(i);
        play_event e = bench::event(event_kind::play_started, id);
        e.user_id = "one";
        const std::string channel = i % 2 == 0 ? "news" : "film";
        e.channel = channel;
        t.at(seconds{i}).send(e);
    }
    CHECK(active(t.core(), 1).unique_users == 1);
    for (int i = 0; i < sessions; ++i) {
        const std::string id = "s" + std::to_string(i);
        play_event e = bench::event(event_kind::play_closed, id);
        t.at(seconds{120 + i}).send(e);
    }
    t.at(240s).flush();
    CHECK(t.row(0).unique_users == 1);
    CHECK(t.row(1, dimension::channel, "film").unique_users == 1);
    CHECK(t.row(2).unique_users == 1);
    CHECK(t.row(3).unique_users == 0);
    CHECK(t.row(0).peak_concurrent == sessions);
    CHECK(active(t.core(), 1).unique_users == 0);
}

TEST_CASE("values beyond the limit are counted as (other), so that sums stay true", "[engine]") {
    engine_limits limits;
    limits.dimension_values_max = 2;
    bench t(limits);
    for (const std::string_view channel : {"a", "b", "c", "d"}) {
        play_event e = bench::event(event_kind::play_started, channel);
        e.channel = channel;
        t.at(1s).send(e);
    }
    t.at(60s).flush();
    CHECK(t.row(0, dimension::channel, "(other)").sessions_started == 2);
    CHECK(t.row(0).sessions_started == 4);
}

TEST_CASE("sessions opened and closed between two syncs never touch active_sessions", "[engine]") {
    bench t;
    t.at(1s).started("a").started("b").closed("a");
    auto changes = t.core().take_session_changes();
    REQUIRE(changes.open.size() == 1);
    CHECK(changes.open[0].id == "b");
    CHECK(changes.open[0].opened == noon + 1s);
    CHECK(changes.gone.empty());
    t.at(2s).closed("b");
    changes = t.core().take_session_changes();
    CHECK(changes.open.empty());
    CHECK(changes.gone.size() == 1);
    CHECK(t.core().take_session_changes().gone.empty());
}

TEST_CASE("many sessions that came and went between two syncs are passed over in several calls", "[engine]") {
    bench t;
    t.at(1s);
    for (int i = 0; i < 100; ++i) {
        const std::string id = "brief" + std::to_string(i);
        t.started(id).closed(id);
    }
    t.started("lasting");
    auto changes = t.core().take_session_changes(2);
    CHECK(changes.empty());
    CHECK(changes.more);
    int calls = 1;
    while (changes.empty() && changes.more) {
        changes = t.core().take_session_changes(2);
        ++calls;
    }
    CHECK(calls > 10);
    REQUIRE(changes.open.size() == 1);
    CHECK(changes.open[0].id == "lasting");
    CHECK_FALSE(changes.more);
}

TEST_CASE("a restored session goes on where the stored rows end", "[engine]") {
    bench first;
    first.at(10s).started("a").at(50s).updated("a", 400);
    const auto saved = first.core().take_session_changes();
    REQUIRE(saved.open.size() == 1);

    engine second({}, secret_of_tests(), noon + 200s, minute_of(noon) + minutes{1});
    second.restore(saved.open[0]);
    CHECK(active(second, 1).active_sessions == 1);
    play_event close = bench::event(event_kind::play_closed, "a");
    close.time = noon + 210s;
    close.bytes = 2'000;
    second.advance(noon + 210s);
    CHECK(second.apply(close, noon + 210s) == verdict::accepted);
    second.advance(noon + 240s);
    std::map<minute, minute_numbers> global;
    for (const minute_row& row : second.take_changed(false)) {
        if (row.dim == dimension::global) global[row.at] = row.numbers;
    }
    CHECK_FALSE(global.contains(minute_of(noon)));
    CHECK(global[minute_of(noon) + minutes{1}] == minute_numbers{0, 0, 60'000, 1, 1, 600});
    CHECK(global[minute_of(noon) + minutes{3}] == minute_numbers{0, 1, 30'000, 1, 1, 300});
}

TEST_CASE("closed sessions are forgotten after the windows, open ones are not", "[engine]") {
    bench t;
    t.at(1s).started("a").started("b").at(10s).closed("a").at(2h).flush();
    CHECK(t.core().totals().known_sessions == 1);
    CHECK(t.core().totals().open_sessions == 1);
    t.at(24h + 1s).flush();
    CHECK(t.core().totals().open_sessions == 0);
}

TEST_CASE("sixty updates make the same minutes forwards and backwards", "[engine]") {
    bench forwards;
    bench backwards;
    const auto update = [](int i) {
        play_event e = bench::event(event_kind::play_updated, "a");
        e.opened_at = noon;
        e.time = noon + seconds{10 * i};
        e.bytes = static_cast<std::uint64_t>(i) * static_cast<std::uint64_t>(i);
        return e;
    };
    forwards.at(601s);
    backwards.at(601s);
    for (int i = 1; i <= 60; ++i) forwards.send(update(i));
    for (int i = 60; i >= 1; --i) backwards.send(update(i));
    forwards.at(660s).flush();
    backwards.at(660s).flush();
    for (int m = 0; m < 11; ++m) CHECK(forwards.row(m) == backwards.row(m));
    CHECK(forwards.core().totals().dropped_samples == 0);
    CHECK(backwards.core().totals().dropped_samples == 0);
}

TEST_CASE("a restart is seen by whoever asks next, however many servers restarted", "[engine]") {
    bench t;
    t.at(1s).started("a").started("b");
    play_event stranger = bench::event(event_kind::server_started, {});
    for (int i = 0; i < 1'000; ++i) {
        const std::string server = "stranger" + std::to_string(i);
        stranger.server = server;
        t.send(stranger);
    }
    CHECK(active(t.core(), 10).active_sessions == 2);
    t.at(2s).server_started();
    CHECK(active(t.core(), 10).active_sessions == 0);
    t.at(60s).flush();
    CHECK(t.row(0) == minute_numbers{2, 2, 2'000, 2, 2, 0});
}

TEST_CASE("restarts of servers without a name are remembered up to a limit, those that are known go on", "[engine]") {
    engine_limits limits;
    limits.dimension_values_max = 2;
    bench t(limits);
    const auto from = [&](event_kind kind, std::string_view server) {
        play_event e = bench::event(kind, server);
        e.server = server;
        return t.send(e);
    };
    t.at(1s);
    for (const std::string_view server : {"named1", "named2", "of other"}) from(event_kind::play_started, server);
    t.at(2s);
    CHECK(from(event_kind::server_started, "of other") == verdict::accepted);
    int remembered = 1;
    for (int i = 0; i < 1'000; ++i) {
        const std::string server = "stranger" + std::to_string(i);
        if (from(event_kind::server_started, server) == verdict::accepted) ++remembered;
    }
    CHECK(remembered == 4);
    CHECK(active(t.core(), 10).active_sessions == 2);
    CHECK(from(event_kind::server_started, "named1") == verdict::accepted);
    CHECK(active(t.core(), 10).active_sessions == 1);
    from(event_kind::play_started, "of other");
    t.at(3s);
    CHECK(from(event_kind::server_started, "of other") == verdict::accepted);
    CHECK(from(event_kind::server_started, "named2") == verdict::accepted);
    CHECK(active(t.core(), 10).active_sessions == 0);
}

TEST_CASE("the real close of a session that was closed for its age is waited for a day", "[engine]") {
    engine_limits limits;
    limits.session_max_age = 600s;
    bench t(limits);
    t.at(0s).started("a").at(20h).flush().closed("a", 100).at(20h + 60s).flush();
    CHECK(t.core().totals().open_sessions == 0);
    CHECK(t.row(0).sessions_started == 1);
    CHECK(t.row(20 * 60) == minute_numbers{});
    CHECK(t.row(9).total_bytes == 10);
}

TEST_CASE("an event of hours ago is followed by a global row for every minute since", "[engine]") {
    bench t;
    play_event close = bench::event(event_kind::play_closed, "a");
    close.opened_at = noon - 3h;
    close.closed_at = noon - 3h + 10s;
    t.at(1s).send(close);
    t.at(60s).flush();
    for (int m = -180; m < 1; ++m) REQUIRE(t.has_row(m));
    CHECK_FALSE(t.has_row(-181));
    CHECK(t.row(-180) == minute_numbers{1, 1, 10'000, 0, 0, 0});
}
