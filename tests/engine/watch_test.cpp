// What is looked at: counts of open sessions for those who watch.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "streamstats/engine/engine.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace std::chrono_literals;

namespace {

// 2026-03-01T12:00:00Z
constexpr instant noon{1'772'366'400'000ms};

engine new_engine() {
    return {{}, identity_secret{std::array<std::uint8_t, identity_secret::bytes>{1, 2, 3}}, noon};
}

play_event event(event_kind kind, const std::string& id, const std::string& channel, const std::string& user) {
    play_event e;
    e.kind = kind;
    e.id = id;
    e.server = "edge1";
    e.channel = channel;
    e.user_id = user;
    return e;
}

void start(engine& e, const std::string& id, const std::string& channel, const std::string& user = "anna") {
    e.apply(event(event_kind::play_started, id, channel, user), noon);
}

tally counted(engine& e, std::size_t at_once = 1'000) {
    tally counts = e.count();
    while (e.name_values(counts, at_once)) continue;
    return counts;
}

std::map<std::string, std::uint32_t> values_of(const tally& counts, dimension d) {
    std::map<std::string, std::uint32_t> values;
    for (const tally::entry& one : counts.by[index_of(d)]) CHECK(values.emplace(one.value, one.open_sessions).second);
    return values;
}

using values = std::map<std::string, std::uint32_t>;

}  // namespace

TEST_CASE("a count has every value that has an open session, and none of those that have none any more", "[engine]") {
    engine e = new_engine();
    start(e, "1", "news");
    start(e, "2", "news", "ben");
    start(e, "3", "sport", "ben");
    start(e, "4", "films");
    e.apply(event(event_kind::play_closed, "4", "films", "anna"), noon + 1s);
    const tally counts = counted(e);
    CHECK(counts.active_sessions == 3);
    CHECK(counts.unique_users == 2);
    CHECK(values_of(counts, dimension::channel) == values{{"news", 2}, {"sport", 1}});
    CHECK(values_of(counts, dimension::server) == values{{"edge1", 3}});
    CHECK(values_of(counts, dimension::user_agent_class) == values{{"other", 3}});
    CHECK(counts.by[index_of(dimension::global)].empty());
}

TEST_CASE("a count is of the moment when it began, however many pieces its names come in", "[engine]") {
    engine e = new_engine();
    for (int i = 0; i < 20; ++i) start(e, std::to_string(i), "channel " + std::to_string(i / 2), std::to_string(i));
    tally counts = e.count();
    std::size_t pieces = 0;
    do {
        start(e, "later " + std::to_string(pieces), "new channel", "new user");
        e.apply(event(event_kind::play_closed, std::to_string(pieces), "", ""), noon + 1s);
    } while (++pieces, e.name_values(counts, 3));
    CHECK(pieces == 5);  // 10 channels and one value of each other dimension
    CHECK(counts.active_sessions == 20);
    const values channels = values_of(counts, dimension::channel);
    CHECK(channels.size() == 10);
    CHECK(std::all_of(channels.begin(), channels.end(), [](const auto& one) { return one.second == 2; }));
    CHECK(values_of(counted(e), dimension::channel)["new channel"] == 5);
}

TEST_CASE("of what was counted the most is shown, equal counts by value, and no more than asked for", "[engine]") {
    engine e = new_engine();
    const std::vector<std::string> channels{"news", "sport", "films", "sport", "music", "news", "sport"};
    for (std::size_t i = 0; i < channels.size(); ++i) start(e, std::to_string(i), channels[i], std::to_string(i % 3));
    const tally counts = counted(e, 2);
    using shown = std::vector<std::pair<std::string, std::uint64_t>>;
    const audience all = audience_of(counts, 100);
    CHECK(all.active_sessions == 7);
    CHECK(all.unique_users == 3);
    CHECK(all.by[index_of(dimension::channel)] == shown{{"sport", 3}, {"news", 2}, {"films", 1}, {"music", 1}});
    CHECK(all.by[index_of(dimension::server)] == shown{{"edge1", 7}});
    const audience some = audience_of(counts, 3);
    CHECK(some.active_sessions == 7);
    CHECK(some.by[index_of(dimension::channel)] == shown{{"sport", 3}, {"news", 2}, {"films", 1}});
}
