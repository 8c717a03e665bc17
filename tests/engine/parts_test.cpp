// The containers under the engine, each against a plain model.
#include <algorithm>
#include <map>
#include <random>

#include "engine/dictionary.hpp"
#include "engine/flat_index.hpp"
#include "engine/samples.hpp"
#include "engine/session_table.hpp"
#include "engine/text_pool.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace std::chrono_literals;

namespace {

identity_secret secret_of_tests() {
    return identity_secret{std::array<std::uint8_t, identity_secret::bytes>{7}};
}

instant at(std::int64_t ms) {
    return instant{milliseconds{ms}};
}

std::vector<std::tuple<std::int64_t, std::int64_t, std::uint64_t>> flows_of(const sample_history& h,
                                                                            const interval& i) {
    std::vector<std::tuple<std::int64_t, std::int64_t, std::uint64_t>> flows;
    h.walk(i, [&](const byte_flow& f) {
        flows.emplace_back(f.from.time_since_epoch().count(), f.to.time_since_epoch().count(), f.bytes);
    });
    return flows;
}

}  // namespace

TEST_CASE("a flat index finds what was inserted and not erased, also with colliding tags", "[engine]") {
    std::mt19937_64 random(42);
    flat_index index;
    std::map<std::uint32_t, std::uint64_t> model;  // reference -> hash
    std::uint32_t next = 0;
    for (int step = 0; step < 20'000; ++step) {
        const bool shrinking = (step / 5'000) % 2 == 1;
        if (model.empty() || random() % 4 < (shrinking ? 1U : 3U)) {
            const std::uint64_t hash = random() % 500 * 0x0400'0000;  // few different tags: long runs that wrap around
            index.insert(hash, next);
            model[next++] = hash;
        } else {
            auto victim = model.begin();
            std::advance(victim, static_cast<std::ptrdiff_t>(random() % model.size()));
            index.erase(victim->second, victim->first);
            model.erase(victim);
        }
    }
    CHECK(index.size() == model.size());
    for (const auto& [reference, hash] : model) {
        const std::uint32_t wanted = reference;
        REQUIRE(index.find(hash, [&](std::uint32_t r) { return r == wanted; }) == reference);
    }
    CHECK(index.find(1, [](std::uint32_t) { return false; }) == flat_index::none);
}

TEST_CASE("shards that fill up alike grow one after another", "[engine]") {
    index_shards shards = shards_that_stand_apart();
    std::mt19937_64 random(42);
    constexpr std::uint32_t entries = 400'000;
    std::size_t largest_crowd = 0;
    std::size_t grown = 0;
    for (std::uint32_t next = 0; next < entries; ++next) {
        if (next % (entries / 100) == 0) grown = 0;
        flat_index& its = shards[next % shards.size()];
        const std::size_t before = its.memory_bytes();
        its.insert(random(), next);
        grown += its.memory_bytes() > before ? 1 : 0;
        if (next > entries / 2) largest_crowd = std::max(largest_crowd, grown);
    }
    CHECK(largest_crowd > 0);
    CHECK(largest_crowd <= 4);
}

TEST_CASE("a text pool gives back ids byte for byte, and its room is used again", "[engine]") {
    const std::string uuid = "69243cdd-cab1-4849-b276-19819ff4b74c";
    const std::string upper = "69243CDD-cab1-4849-b276-19819ff4b74c";
    text_pool pool;
    for (const std::string& id : {uuid, upper, std::string(), std::string("1"), std::string(128, 'x'), uuid + "0",
                                  std::string("69243cdd_cab1_4849_b276_19819ff4b74c")}) {
        for (const std::string user : {"user", "10.0.0.1", "255.255.255.255", "0.0.0.0", "256.0.0.1", "1.2.3",
                                       "1.2.3.4.", "01.2.3.4", "1.2.3.0004", "", "2001:db8::1"}) {
            const std::uint32_t handle = pool.add(id, user);
            CHECK(pool.get(handle).id == id);
            CHECK(pool.get(handle).user == user);
            pool.remove(handle);
            CHECK(pool.add(id, user) == handle);
        }
    }
}

TEST_CASE("texts of every length have a cell that holds them, and not much more", "[engine]") {
    for (std::size_t bytes = 2; bytes <= 2 + 2 * text_pool::text_bytes_max; ++bytes) {
        const std::size_t cell = text_cell_bytes(text_cell_class(bytes));
        REQUIRE(cell >= bytes);
        REQUIRE(cell <= bytes + bytes / 4 + 1);
    }
    text_pool pool;
    std::vector<std::uint32_t> handles;
    const auto text_of = [](std::size_t length) { return std::string(length, static_cast<char>('a' + length % 26)); };
    for (std::size_t length = 0; length <= text_pool::text_bytes_max; ++length) {
        handles.push_back(pool.add(text_of(length), text_of(length / 2)));
    }
    for (std::size_t length = 0; length < handles.size(); ++length) {
        REQUIRE(pool.get(handles[length]).id == text_of(length));
        REQUIRE(pool.get(handles[length]).user == text_of(length / 2));
    }
}

TEST_CASE("a dictionary holds its limit, and lets go of what was not seen for a day", "[engine]") {
    const identity_secret secret = secret_of_tests();
    dictionary values(2, secret);
    const std::uint32_t a = values.acquire("a", 0);
    const std::uint32_t b = values.acquire("b", 10);
    CHECK(values.acquire("c", 20) == dictionary::other);
    CHECK(values.acquire("a", 20) == a);
    CHECK(values.acquire("(other)", 20) == dictionary::other);
    values.release(b);
    CHECK(values.acquire("c", 10 + dictionary::hold_minutes - 1) == dictionary::other);
    const std::uint32_t c = values.acquire("c", 10 + dictionary::hold_minutes);
    CHECK(c == b);
    CHECK(values.text(c) == "c");
    CHECK(values.find("b") == dictionary::none);
    // "a" is old as well, but a session still has it.
    CHECK(values.acquire("d", 10 * dictionary::hold_minutes) == dictionary::other);
}

TEST_CASE("samples make the same flows in any order", "[engine]") {
    std::vector<byte_sample> samples{{at(100), 10}, {at(200), 5},  {at(200), 30}, {at(300), session::no_bytes},
                                     {at(400), 30}, {at(500), 100}};
    const interval open{at(50), still_open};
    sample_history in_order;
    for (const byte_sample& s : samples) in_order.add(s);
    const auto expected = flows_of(in_order, open);
    CHECK(expected == std::vector<std::tuple<std::int64_t, std::int64_t, std::uint64_t>>{
                          {50, 100, 10}, {100, 200, 20}, {200, 400, 0}, {400, 500, 70}});
    std::sort(samples.begin(), samples.end());
    do {
        sample_history shuffled;
        for (const byte_sample& s : samples) shuffled.add(s);
        REQUIRE(flows_of(shuffled, open) == expected);
    } while (std::next_permutation(samples.begin(), samples.end()));
    CHECK(in_order.newest_update() == at(500));
    CHECK(in_order.add({at(200), 5}) == sample_history::added::known);
}

TEST_CASE("samples that have melted stay accounted for, and earlier ones come too late", "[engine]") {
    const interval open{at(0), still_open};
    sample_history history;
    for (int i = 1; i <= 4; ++i) history.add({at(i * 100), static_cast<std::uint64_t>(i * 10)});
    CHECK(history.melt(at(250), open, 100) == 2);
    CHECK(flows_of(history, open) ==
          std::vector<std::tuple<std::int64_t, std::int64_t, std::uint64_t>>{{200, 300, 10}, {300, 400, 10}});
    CHECK(history.add({at(150), 15}) == sample_history::added::too_old);
    CHECK(history.add({at(250), 25}) == sample_history::added::out_of_order);
    for (int i = 5; i < 100; ++i) history.add({at(i * 100), static_cast<std::uint64_t>(i * 10)});
    history.melt(at(0), open, 32);
    CHECK(flows_of(history, open).size() == 32);
}

TEST_CASE("a session table finds each session again, and reuses their places", "[engine]") {
    const identity_secret secret = secret_of_tests();
    session_table table;
    std::size_t memory_before = 0;
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 20'000; ++i) {
            const std::string id = std::to_string(i);
            const session_ref ref = table.insert(secret.session("s", id));
            REQUIRE(table.at(ref).alive);
        }
        CHECK(table.size() == 20'000);
        if (round == 0) memory_before = table.memory_bytes();
        CHECK(table.memory_bytes() <= memory_before);
        for (int i = 0; i < 20'000; ++i) {
            const std::string id = std::to_string(i);
            const session_ref ref = table.find(secret.session("s", id));
            REQUIRE(ref != session_table::nothing);
            REQUIRE(table.at(ref).key == secret.session("s", id));
            table.erase(ref);
        }
        CHECK(table.find(secret.session("s", "1")) == session_table::nothing);
        CHECK(table.memory_bytes() < memory_before / 10);
    }
}

TEST_CASE("keys depend on the secret, and do not mix their parts up", "[engine]") {
    const identity_secret secret = secret_of_tests();
    CHECK(secret.session("ab", "c") != secret.session("a", "bc"));
    CHECK(secret.session("a", "b") != identity_secret{{9}}.session("a", "b"));
    CHECK(identity_secret::from_hex(secret.to_hex())->session("a", "b") == secret.session("a", "b"));
    CHECK_FALSE(identity_secret::from_hex("12"));
    CHECK_FALSE(identity_secret::from_hex(std::string(64, 'g')));
    play_event by_id;
    by_id.user_id = "10.0.0.1";
    play_event by_address;
    by_address.ip = "10.0.0.1";
    const session_key key = secret.session("a", "b");
    CHECK(secret.user(by_id, key) != secret.user(by_address, key));
    CHECK(secret.user(play_event{}, key) != secret.user(play_event{}, secret.session("a", "c")));
}
