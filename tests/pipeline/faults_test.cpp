// An hour of random viewers in front of a store that fails in every way it can, against the reference.
#include <array>
#include <deque>

#include "bench.hpp"
#include "support/catch.hpp"
#include "support/random_source.hpp"

using namespace streamstats;
using namespace streamstats::testing;
using namespace std::chrono_literals;

namespace {

constexpr int seeds = 12;
constexpr milliseconds step = 5s;

constexpr std::array troubles{store_trouble::away, store_trouble::busy, store_trouble::read_only,
                              store_trouble::too_large, store_trouble::refused};
constexpr std::array calls{store_call::prepare,        store_call::position,      store_call::write,
                           store_call::write,          store_call::sync_sessions, store_call::load_sessions,
                           store_call::append_rejected};

enum class habit : std::uint8_t {
    updates,  // sessions tell their bytes now and then
    silence,  // only when they close
};

// Sessions that open and close; their events come late, out of order and more than once.
class viewers {
public:
    viewers(random_source& random, habit kind) : random_(random), habit_(kind) {}

    std::vector<sent_event> until(instant now) {
        if (random_.chance(40)) open(now);
        for (viewer& one : open_) one.update_due = habit_ == habit::updates && random_.chance(10);
        for (viewer& one : open_) {
            if (one.update_due) say(one, event_kind::play_updated, now);
        }
        if (!open_.empty() && random_.chance(25)) close(now);
        return take(now);
    }

private:
    struct viewer {
        std::string id;
        std::uint64_t bytes = 0;
        bool update_due = false;
    };

    void open(instant now) {
        open_.push_back({std::to_string(next_++)});
        say(open_.back(), event_kind::play_started, now);
    }
    void close(instant now) {
        const auto leaves = open_.begin() + static_cast<std::ptrdiff_t>(random_.below(open_.size()));
        say(*leaves, event_kind::play_closed, now);
        open_.erase(leaves);
    }
    void say(viewer& who, event_kind kind, instant now) {
        sent_event event;
        event.kind = kind;
        event.id = who.id;
        event.server = "edge" + std::to_string(who.id.back() % 2);
        event.channel = "channel" + std::to_string(who.id.back() % 3);
        event.user_id = "user" + std::to_string(who.id.back() % 5);
        event.time = now - random_.up_to(step - 1ms);
        if (kind != event_kind::play_started) event.bytes = who.bytes += random_.below(1'000'000);
        const int copies = random_.chance(10) ? 2 : 1;
        for (int i = 0; i < copies; ++i) {
            const milliseconds late = random_.chance(20) ? random_.up_to(8min) : 0ms;
            on_their_way_.emplace_back(now + late, event);
        }
    }
    std::vector<sent_event> take(instant now) {
        std::vector<sent_event> arrived;
        std::erase_if(on_their_way_, [&](const auto& waiting) {
            if (waiting.first > now) return false;
            arrived.push_back(waiting.second);
            return true;
        });
        return arrived;
    }

    random_source& random_;
    habit habit_;
    std::uint64_t next_ = 0;
    std::vector<viewer> open_;
    std::deque<std::pair<instant, sent_event>> on_their_way_;
};

void make_trouble(random_source& random, fake_store& store, bench& b) {
    if (!random.chance(15)) return;
    const auto call = calls.at(random.below(calls.size()));
    switch (random.below(7)) {
        case 0:
        case 1:
            return store.fail_next(call, troubles.at(random.below(troubles.size())),
                                   1 + static_cast<int>(random.below(3)));
        case 2:
        case 3:
            return store.lose_next_answer(call);
        case 4:
            return random.chance(50) ? store.go_away(troubles.at(random.below(troubles.size()))) : store.come_back();
        case 5:
            return store.limit_rows(random.chance(50) ? 1 + random.below(30) : 100'000);
        default:
            return b.store_works(random.chance(60));
    }
}

void end_trouble(fake_store& store, bench& b) {
    store.come_back();
    store.limit_rows(100'000);
    b.store_works(true);
    b.settle();
}

std::size_t open_sessions(const bench& b) {
    std::size_t count = 0;
    for (const session_facts& session : sessions_at(b.receipts, b.options.limits, b.clock.system_now())) {
        count += session.closed ? 0 : 1;
    }
    return count;
}

// Peaks and distinct users of minutes that are final stay, also in a row whose other numbers have all become 0.
void forget_what_does_not_add_up(rows& content) {
    for (auto& [key, numbers] : content) numbers.peak_concurrent = numbers.unique_users = 0;
    std::erase_if(content,
                  [](const auto& row) { return row.second.all_zero() && std::get<1>(row.first) != dimension::global; });
}

// A daemon that ends again and again, in the middle of what it does, before it is left alone to the end.
struct many_lives {
    bench_settings settings;
    habit kind = habit::updates;
    int count = 6;
    milliseconds length_max = 12min;  // of each
    milliseconds pause_max = 2min;    // between two
    unsigned stops_percent = 0;       // are in good order
};

template <class Check>
void live(random_source& random, many_lives plan, Check check_end) {
    fake_store store;
    viewers audience(random, plan.kind);
    std::vector<receipt> receipts;
    std::string now = "12:00:00";
    for (int life = 1; life <= plan.count; ++life) {
        plan.settings.now = now;
        bench b(store, plan.settings);
        b.receipts = std::move(receipts);
        const instant end = b.clock.system_now() + random.up_to(plan.length_max);
        while (b.clock.system_now() < end) {
            make_trouble(random, store, b);
            b.pass(step);
            b.send(audience.until(b.clock.system_now()));
        }
        if (life == plan.count) {
            end_trouble(store, b);
            b.at("14:30:00");
            check_end(b);
        } else if (random.chance(plan.stops_percent)) {
            CHECK(b.drain() != pipeline::stop_outcome::incomplete);
        } else {
            plan.settings.disk->crash();
        }
        receipts = b.receipts;
        now = to_iso_text(b.clock.system_now() + random.up_to(plan.pause_max)).substr(11, 12);
    }
    CHECK(store.complaint() == "");
}

}  // namespace

TEST_CASE("whatever the store does, its rows end up as if it had done everything at once", "[pipeline]") {
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        CAPTURE(seed);
        random_source random(seed);
        fake_store store;
        bench_settings settings;
        settings.options.aggregation_interval = random.chance(50) ? 60s : 10s;
        settings.options.rows_per_flush_max = random.chance(50) ? 7 : 20'000;
        settings.options.sessions_per_sync_max = random.chance(50) ? 3 : 20'000;
        bench b(store, settings);
        viewers audience(random, habit::updates);
        while (b.clock.system_now() < at_clock("12:50:00")) {
            make_trouble(random, store, b);
            b.pass(step);
            b.send(audience.until(b.clock.system_now()));
        }
        end_trouble(store, b);
        b.at("13:10:00");
        CHECK(difference(b.expected(), store.content()) == "");
        CHECK(store.sessions().size() == open_sessions(b));
        CHECK(store.complaint() == "");
        CHECK_FALSE(b.health().degraded);
    }
}

// As the process may end: with calls to the store that were made and not answered, or not even made.
TEST_CASE("over crashes and restarts at any moment the tables are those of a daemon that was never gone",
          "[pipeline]") {
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        CAPTURE(seed);
        random_source random(seed);
        memory_disk disk(seed);
        many_lives plan{.settings = {.disk = &disk}, .stops_percent = 30};
        plan.settings.options.limits.idle_timeout = 24h;
        plan.settings.options.aggregation_interval = random.chance(50) ? 60s : 10s;
        plan.settings.options.rows_per_flush_max = random.chance(50) ? 7 : 20'000;
        plan.settings.options.checkpoint_interval = seconds{1 + random.below(300)};
        plan.settings.options.revision_interval = seconds{1 + random.below(300)};
        live(random, plan, [](const bench& b) {
            CHECK(difference(b.expected(), b.store.content()) == "");
            CHECK(b.store.sessions().size() == open_sessions(b));
        });
    }
}

// What comes after a minute is final is handed out as a correction, and a correction must not be added twice.
TEST_CASE("over crashes corrections of final minutes are added exactly once", "[pipeline]") {
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        CAPTURE(seed);
        random_source random(seed);
        memory_disk disk(seed);
        many_lives plan{
            .settings = {.disk = &disk}, .kind = habit::silence, .count = 8, .length_max = 8min, .pause_max = 30s};
        plan.settings.options.limits.late_window = 60s;
        plan.settings.options.limits.idle_timeout = 24h;
        plan.settings.options.revision_interval = seconds{1 + random.below(120)};
        plan.settings.options.checkpoint_interval = seconds{1 + random.below(300)};
        plan.settings.options.rows_per_flush_max = random.chance(50) ? 5 : 20'000;
        live(random, plan, [](const bench& b) {
            rows expected = rows_at(b.receipts, b.options.limits, b.clock.system_now(), false);
            rows content = b.store.content();
            forget_what_does_not_add_up(expected);
            forget_what_does_not_add_up(content);
            CHECK(difference(expected, content) == "");
        });
    }
}
