// active_sessions and rejected_events, in every store.
#include <algorithm>

#include "store/rows.hpp"
#include "store/testbed.hpp"
#include "support/catch.hpp"

namespace streamstats::test {
namespace {

session_row session_number(std::uint32_t number) {
    session_row row;
    for (std::size_t byte = 0; byte < 4; ++byte) {
        row.key[15 - byte] = static_cast<std::uint8_t>(number >> (8 * byte));
    }
    row.server = "s";
    row.id = std::to_string(number);
    row.channel = "c";
    row.country = "DE";
    row.protocol = "hls";
    row.opened = at("2026-11-21 12:00:00.001") + milliseconds{number};
    return row;
}

std::vector<session_row> loaded(rollup_store& store) {
    std::vector<session_row> rows;
    REQUIRE_FALSE(store.load_sessions([&](const session_row& row) { rows.push_back(row); }).has_value());
    return rows;
}

}  // namespace

TEST_CASE("every field of a session comes back as it was", "[store]") {
    on_every_store([](testbed& bed) {
        const auto store = prepared(bed);
        session_row row;
        for (std::size_t i = 0; i < row.key.size(); ++i) row.key[i] = static_cast<std::uint8_t>(255 - 39 * i);
        row.server = "media'1 ";
        row.id = std::string("id\0\\", 4);
        row.user_key = 0xffff'ffff'ffff'fffe;
        row.user = "someone \xf0\x9f\x93\xba";
        row.channel = "news";
        row.country = "AT";
        row.protocol = "dash";
        row.agent_class = user_agent_class::streaming_server;
        row.opened = at("2100-02-28 23:59:59.999");
        row.source = opened_source::play_started;
        row.started_seen = true;
        row.bytes = 0xffff'ffff'ffff'ffff;
        row.sampled = at("2100-03-01 00:00:00.001");
        row.updated = at("2100-03-01 00:00:00.010");
        session_row other = session_number(7);
        other.source = opened_source::opened_at;
        other.agent_class = user_agent_class::android;
        CHECK_FALSE(store->sync_sessions({{row, other}, {}}));
        auto rows = loaded(*store);
        REQUIRE(rows.size() == 2);
        CHECK(rows[0] == other);  // its key is smaller
        CHECK(rows[1] == row);
    });
}

TEST_CASE("sessions are replaced and deleted by key; an unknown key to delete is no trouble", "[store]") {
    on_every_store([](testbed& bed) {
        const auto store = prepared(bed);
        CHECK_FALSE(store->sync_sessions({{session_number(1), session_number(2), session_number(3)}, {}}));
        session_row changed = session_number(2);
        changed.bytes = 12;
        changed.updated = at("2026-11-21 12:01:00");
        CHECK_FALSE(store->sync_sessions({{changed}, {session_number(1).key, session_number(99).key}}));
        CHECK(loaded(*store) == std::vector<session_row>{changed, session_number(3)});
    });
}

TEST_CASE("the store knows as of when its sessions are", "[store]") {
    on_every_store([](testbed& bed) {
        const auto store = prepared(bed);
        CHECK_FALSE(store->sync_sessions({{session_number(1)}, {}}));
        CHECK_FALSE(store->position().value().sessions_synced);
        CHECK_FALSE(store->sync_sessions({{session_number(2)}, {}, at("2026-11-21 12:01:00.250")}));
        CHECK(store->position().value().sessions_synced == at("2026-11-21 12:01:00.250"));
    });
}

TEST_CASE("more sessions than fit into one page or statement are all loaded once, in the order of their keys",
          "[store]") {
    on_every_store([](testbed& bed) {
        const auto store = prepared(bed);
        session_changes changes;
        for (std::uint32_t i = 0; i < 20'000; ++i) changes.open.push_back(session_number(i * 3));
        CHECK_FALSE(store->sync_sessions(changes));
        CHECK(loaded(*store) == changes.open);
        session_changes gone;
        for (const session_row& row : changes.open) gone.gone.push_back(row.key);
        CHECK_FALSE(store->sync_sessions(gone));
        CHECK(loaded(*store).empty());
    });
}

TEST_CASE("rejected events are kept with time and reason, and cut to what a column takes", "[store]") {
    on_every_store([](testbed& bed) {
        const auto store = prepared(bed);
        const std::vector<rejected_event> events{
            {at("2026-11-21 12:00:00.123"), "bytes", "must be at least 0", R"({"bytes":-1,"s":"it's \\"})"},
            {at("2026-11-21 12:00:01"), "id", "is not UTF-8", "{\"id\":\"\xff\"}"},
            {at("2026-11-21 12:00:02"), std::string(300, 'f'), std::string(2'000, 'm'), std::string(70'000, 'j')}};
        CHECK_FALSE(store->append_rejected(events));
        const table found = bed.sql("SELECT received, field, message, json FROM rejected_events ORDER BY id");
        REQUIRE(found.size() == 3);
        CHECK(found[0] == std::vector<std::string>{"2026-11-21 12:00:00.123", "bytes", "must be at least 0",
                                                   R"({"bytes":-1,"s":"it's \\"})"});
        CHECK(found[1][3] == "{\"id\":\"\xef\xbf\xbd\"}");
        CHECK(found[2][1].size() == 255);
        CHECK(found[2][2].size() == 1'024);
        CHECK(found[2][3].size() == 65'535);
    });
}

TEST_CASE("of the rejected events only the newest are kept", "[store]") {
    on_every_store([](testbed& bed) {
        const auto store = prepared(bed);
        std::vector<rejected_event> events(rejected_rows_max + 5, {at(noon), "f", "m", "{}"});
        events[4].json = "the last one to go";
        events[5].json = "the first one to stay";
        CHECK_FALSE(store->append_rejected(events));
        const std::string count = std::to_string(rejected_rows_max);
        CHECK(bed.sql("SELECT COUNT(*) FROM rejected_events") == table{{count}});
        CHECK(bed.sql("SELECT json FROM rejected_events ORDER BY id LIMIT 1") == table{{"the first one to stay"}});
        CHECK_FALSE(store->append_rejected(std::vector<rejected_event>(1, {at(noon), "f", "m", "newest"})));
        CHECK(bed.sql("SELECT COUNT(*) FROM rejected_events") == table{{count}});
        CHECK(bed.sql("SELECT json FROM rejected_events ORDER BY id DESC LIMIT 1") == table{{"newest"}});
        CHECK(bed.sql("SELECT json FROM rejected_events ORDER BY id LIMIT 1") == table{{"{}"}});
    });
}

}  // namespace streamstats::test
