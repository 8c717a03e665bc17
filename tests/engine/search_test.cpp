// Pages of open sessions.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "streamstats/engine/engine.hpp"
#include "support/catch.hpp"
#include "support/random_source.hpp"

using namespace streamstats;
using namespace std::chrono_literals;
using streamstats::testing::random_source;

namespace {

// 2026-03-01T12:00:00Z
constexpr instant noon{1'772'366'400'000ms};

struct sent {
    std::string id;
    milliseconds opened{};  // since noon
    std::string channel = "news";
    std::string server = "edge1";
    std::string user{};
    std::string country = "DE";
    user_agent_class agent_class = user_agent_class::other;
};

class bench {
public:
    explicit bench(const engine_limits& limits = {})
        : engine_(limits, identity_secret{std::array<std::uint8_t, identity_secret::bytes>{1, 2, 3}}, noon) {}

    void open(const sent& s) { send(event_kind::play_started, s, s.opened); }
    void close(const sent& s) { send(event_kind::play_closed, s, s.opened + 1s); }
    void update(const sent& s, std::uint64_t bytes) { send(event_kind::play_updated, s, s.opened + 1s, bytes); }

    // A page, looked for in pieces of so much work; `meanwhile` is called between them.
    template <class Meanwhile>
    session_page page(session_query asked, std::size_t work, Meanwhile meanwhile) {
        session_search search{std::move(asked), 0, {}, {}};
        while (engine_.search(search, work)) meanwhile();
        return engine_.page_of(search);
    }
    session_page page(session_query asked) {
        return page(std::move(asked), 10'000, [] {});
    }
    // The ids on all pages that follow one another.
    std::vector<std::string> all(session_query asked) {
        std::vector<std::string> ids;
        for (;;) {
            const session_page next = page(asked);
            CHECK(next.sessions.size() <= asked.limit);
            for (const session_row& row : next.sessions) ids.push_back(row.id);
            if (!next.next) return ids;
            asked.after = next.next;
        }
    }

private:
    void send(event_kind kind, const sent& s, milliseconds time, std::optional<std::uint64_t> bytes = {}) {
        play_event e;
        e.kind = kind;
        e.id = s.id;
        e.server = s.server;
        e.channel = s.channel;
        e.user_id = s.user;
        e.country = s.country;
        e.protocol = "hls";
        e.agent_class = s.agent_class;
        e.opened_at = noon + s.opened;
        e.time = noon + time;
        e.bytes = bytes;
        engine_.apply(e, noon + 1h);
    }

    engine engine_;
};

using ids = std::vector<std::string>;

session_query with_limit(std::size_t limit) {
    session_query asked;
    asked.limit = limit;
    return asked;
}

session_query only(dimension d, std::string value) {
    session_query asked;
    asked.values[index_of(d)] = std::move(value);
    return asked;
}

}  // namespace

TEST_CASE("sessions come newest first, or oldest first, in pages that follow one another", "[engine]") {
    bench b;
    for (const char* id : {"c", "a", "e", "b", "d"}) b.open({id, seconds{id[0] - 'a'}});
    for (const std::size_t limit : {1U, 2U, 3U, 4U, 5U, 6U}) {
        CAPTURE(limit);
        session_query asked = with_limit(limit);
        CHECK(b.all(asked) == ids{"e", "d", "c", "b", "a"});
        asked.descending = false;
        CHECK(b.all(asked) == ids{"a", "b", "c", "d", "e"});
    }
}

TEST_CASE("a page that holds all there is has none after it", "[engine]") {
    bench b;
    CHECK_FALSE(b.page({}).next);
    b.open({"a"});
    b.open({"b"});
    CHECK_FALSE(b.page(with_limit(2)).next);
    CHECK(b.page(with_limit(1)).next);
}

TEST_CASE("sessions of equal rank are in the order of server and id, whichever way the rank goes", "[engine]") {
    bench b;
    b.open({"2", {}, "news", "edge2"});
    b.open({"3", {}, "news", "edge1"});
    b.open({"1", {}, "news", "edge2"});
    b.open({"10", {}, "news", "edge1"});
    for (const bool descending : {true, false}) {
        for (const std::size_t limit : {1U, 2U, 3U, 10U}) {
            session_query asked = with_limit(limit);
            asked.descending = descending;
            CHECK(b.all(asked) == ids{"10", "3", "1", "2"});
        }
    }
}

TEST_CASE("sessions may be sorted by the bytes that they have sent", "[engine]") {
    bench b;
    const sent small{"small", 3s};
    const sent large{"large", 1s};
    b.open(small);
    b.open(large);
    b.open({"none", 2s});
    b.update(small, 10);
    b.update(large, std::uint64_t{1} << 40U);
    session_query asked = with_limit(2);
    asked.sort = session_sort::bytes;
    CHECK(b.all(asked) == ids{"large", "small", "none"});
    CHECK(b.page(asked).sessions[0].bytes == std::uint64_t{1} << 40U);
    asked.descending = false;
    CHECK(b.all(asked) == ids{"none", "small", "large"});
}

TEST_CASE("a filter leaves the sessions that have exactly this value", "[engine]") {
    bench b;
    b.open({"1", 1s, "news", "edge1", "anna", "DE", user_agent_class::tv});
    b.open({"2", 2s, "sport", "edge1", "ben", "DE", user_agent_class::ios});
    b.open({"3", 3s, "news", "edge2", "", "FR", user_agent_class::tv});
    b.close({"0", 0s, "news"});
    CHECK(b.all(only(dimension::channel, "news")) == ids{"3", "1"});
    CHECK(b.all(only(dimension::channel, "New")).empty());
    CHECK(b.all(only(dimension::channel, "")).empty());
    CHECK(b.all(only(dimension::server, "edge1")) == ids{"2", "1"});
    CHECK(b.all(only(dimension::country, "FR")) == ids{"3"});
    CHECK(b.all(only(dimension::protocol, "hls")) == ids{"3", "2", "1"});
    CHECK(b.all(only(dimension::user_agent_class, "tv")) == ids{"3", "1"});
    CHECK(b.all(only(dimension::user_agent_class, "toaster")).empty());
    session_query asked = only(dimension::channel, "news");
    asked.user = "anna";
    CHECK(b.all(asked) == ids{"1"});
    asked.user = "ben";
    CHECK(b.all(asked).empty());
    asked.user = "";
    CHECK(b.all(asked) == ids{"3"});
    session_query by_id;
    by_id.id = "2";
    CHECK(b.all(by_id) == ids{"2"});
}

TEST_CASE("sessions whose servers share (other) are told apart, also with the same id", "[engine]") {
    engine_limits limits;
    limits.dimension_values_max = 1;
    bench b{limits};
    for (int i = 0; i < 5; ++i) b.open({"same", {}, "news", "edge" + std::to_string(i)});
    CHECK(b.all(with_limit(1)).size() == 5);
    CHECK(b.all(only(dimension::server, "(other)")).size() == 4);
}

TEST_CASE("what closes while it is searched is not on the page, and nothing that stays open is left out", "[engine]") {
    bench b;
    std::vector<sent> sessions;
    for (int i = 0; i < 1'000; ++i) sessions.push_back({std::to_string(i), milliseconds{i}});
    for (const sent& s : sessions) b.open(s);
    std::size_t closed = sessions.size();
    const session_page first = b.page(with_limit(10), 64, [&] {
        for (int i = 0; i < 5 && closed > 950; ++i) b.close(sessions[--closed]);
    });
    REQUIRE(first.next);
    std::set<std::string> seen;
    for (const session_row& row : first.sessions) seen.insert(row.id);
    session_query asked = with_limit(10);
    for (auto next = first.next; next;) {
        asked.after = next;
        const session_page page = b.page(asked);
        for (const session_row& row : page.sessions) CHECK(seen.insert(row.id).second);
        next = page.next;
    }
    for (std::size_t i = 0; i < closed; ++i) CHECK(seen.count(std::to_string(i)) == 1);
}

TEST_CASE("however sessions come and go, each that stays open is on exactly one page", "[engine][laws]") {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        CAPTURE(seed);
        random_source random{seed};
        bench b;
        const auto one = [&](int number) {
            return sent{std::to_string(number), seconds{random.below(5)}, "news", "edge" + std::to_string(number % 3)};
        };
        std::vector<sent> staying;
        std::vector<sent> going;
        for (int i = 0; i < 150; ++i) (random.below(3) == 0 ? going : staying).push_back(one(i));
        for (const sent& s : staying) b.open(s);
        for (const sent& s : going) b.open(s);
        int newcomers = 1'000;
        const auto change = [&] {
            if (!going.empty() && random.below(2) == 0) {
                b.close(going.back());
                going.pop_back();
            } else if (newcomers < 1'100) {
                b.open(one(newcomers++));
            }
        };
        session_query asked = with_limit(1 + random.below(20));
        asked.descending = random.below(2) == 0;
        std::map<std::string, int> seen;
        std::vector<instant> opened;
        do {
            const session_page page = b.page(asked, 64, change);
            change();
            for (const session_row& row : page.sessions) {
                ++seen[row.id];
                opened.push_back(row.opened);
            }
            asked.after = page.next;
        } while (asked.after);
        for (const sent& s : staying) CHECK(seen[s.id] == 1);
        for (const auto& [id, times] : seen) CHECK(times == 1);
        if (asked.descending) std::reverse(opened.begin(), opened.end());
        CHECK(std::is_sorted(opened.begin(), opened.end()));
    }
}
