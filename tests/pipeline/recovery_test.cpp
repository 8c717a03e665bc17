// What a start makes of the files of an earlier run.
#include "pipeline/recovery.hpp"

#include <algorithm>
#include <cstring>
#include <map>

#include "bench.hpp"
#include "pipeline/replay_guard.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::testing;
using namespace std::chrono_literals;
using telemetry::counter;
using telemetry::gauge;

namespace {

const row_key edge_at_1200{at_minute("12:00"), dimension::server, "edge1"};

std::string segment() {
    return "journal-00000000000000000001.seg";
}

std::string findings_of(const bench& b) {
    std::string all;
    for (const std::string& problem : b.health().problems) all += problem + '\n';
    return all;
}

// Where the n-th batch of a segment begins.
std::size_t frame_of_batch(const std::vector<std::byte>& bytes, int n) {
    std::size_t at = 0;
    for (;;) {
        std::uint32_t payload = 0;
        std::memcpy(&payload, &bytes.at(at + 8), sizeof payload);
        if (bytes.at(at + 6) == std::byte{static_cast<std::uint8_t>(journal::frame_kind::batch)} && --n == 0) return at;
        at += (journal::frame_header_bytes + payload + 7) / 8 * 8;
    }
}

sent_event updated(std::string id, std::string_view when) {
    sent_event event = started(std::move(id), when);
    event.kind = event_kind::play_updated;
    event.opened_at.reset();
    return event;
}

std::map<std::string, std::vector<std::byte>> all_files(const memory_disk& disk) {
    std::map<std::string, std::vector<std::byte>> all;
    for (const std::string& name : disk.names()) all[name] = disk.content(name);
    return all;
}

bool says(const bench& b, const std::string& words) {
    return findings_of(b).find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("what was answered is there after the power was cut, and counts once when it is sent again", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    const std::vector<sent_event> batch{started("s1", "12:00:00"), started("s2", "12:00:05"),
                                        closed("s2", "12:00:20", 600)};
    {
        bench b(store, {.disk = &disk});
        CHECK(b.send(batch).accepted == 3);
        disk.crash();
    }
    bench b(store, {.now = "12:00:40", .disk = &disk});
    CHECK(b.outcome->recovered_sessions == 1);
    CHECK(b.health().active_sessions == 1);
    CHECK(b.send(batch).duplicate == 3);
    b.at("12:01:10");
    const auto row = store.content().at(edge_at_1200);
    CHECK(row.sessions_started == 2);
    CHECK(row.sessions_closed == 1);
    CHECK(row.total_bytes == 600);
    CHECK(row.peak_concurrent == 2);
    CHECK(row.unique_users == 2);
}

TEST_CASE("a start that has files does not wait for the store", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    { bench(store, {.disk = &disk}).send({started("s1", "12:00:00")}); }
    store.go_away();
    bench b(store, {.now = "12:00:40", .disk = &disk});
    CHECK(b.clock.system_now() == at_clock("12:00:40"));
    CHECK(b.send({closed("s1", "12:00:40")}).accepted == 1);
}

TEST_CASE("the time of receipt is that of the frame", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    sent_event without_time = started("s1", "12:00:00");
    without_time.opened_at.reset();
    without_time.time.reset();
    {
        bench b(store, {.now = "12:00:10", .disk = &disk});
        b.send({without_time});
        disk.crash();
    }
    bench b(store, {.now = "12:03:00", .disk = &disk});
    b.at("12:04:00");
    CHECK(store.content().at(edge_at_1200).watch_time_ms == 50'000);
}

TEST_CASE("after a stop and a start nothing is written again", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    {
        bench b(store, {.disk = &disk});
        b.send({started("s1", "12:00:00")});
        b.at("12:05:30");
        CHECK(b.drain() == everything_stored);
    }
    const auto flushes = store.flushes().size();
    const auto loads = store.calls(store_call::load_sessions);
    bench b(store, {.now = "12:05:40", .disk = &disk});
    b.at("12:06:10");
    REQUIRE(store.flushes().size() == flushes + 1);
    const flush last = store.flushes().back();
    CHECK(last.cleared == std::vector{at_minute("12:05")});  // it was growing
    for (const minute_row& row : last.rows) CHECK(to_sql_text(row.at) == "2026-11-21 12:05:00");
    CHECK(store.calls(store_call::load_sessions) == loads);
}

TEST_CASE("a stop while the store is away loses nothing and is no failure", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    {
        bench b(store, {.disk = &disk});
        store.go_away();
        b.send({started("s1", "12:00:00"), closed("s1", "12:00:30", 70)});
        b.at("12:03:00");
        CHECK(b.drain() == pipeline::stop_outcome::kept_for_next_start);
        CHECK(b.clock.system_now() < at_clock("12:03:02"));
        disk.crash();
    }
    store.come_back();
    bench b(store, {.now = "12:03:10", .disk = &disk});
    b.at("12:05:00");
    CHECK(store.content().at(edge_at_1200).total_bytes == 70);
    CHECK(store.content().at(edge_at_1200).peak_concurrent == 1);
}

TEST_CASE("a stop before the store has answered for the first time gives it time to", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    {
        bench b(store, {.disk = &disk});
        b.send({started("s1", "12:00:00"), closed("s1", "12:00:30", 70)});
        disk.crash();
    }
    bench b(store, {.now = "12:03:10", .disk = &disk, .store_works = false});
    b.conductor.drain(8s);
    b.pass(1s);
    CHECK_FALSE(b.drained);
    SECTION("in which it gets everything") {
        b.store_works(true);
        b.settle();
        b.pass(1s);
        CHECK(b.drained == pipeline::stop_outcome::everything_stored);
        CHECK(store.content().at(edge_at_1200).total_bytes == 70);
    }
    SECTION("of which it can have half") {
        b.pass(4s);
        CHECK(b.drained == pipeline::stop_outcome::kept_for_next_start);
    }
    SECTION("unless it says that it is away") {
        store.go_away();
        b.store_works(true);
        b.settle();
        CHECK(b.drained == pipeline::stop_outcome::kept_for_next_start);
    }
    SECTION("unless it says that it is not ours") {
        store.go_away(store_trouble::not_ours);
        b.store_works(true);
        b.settle();
        CHECK(b.drained == pipeline::stop_outcome::kept_for_next_start);
    }
}

TEST_CASE("rows that a crash left in the store and that are none any more are removed", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    sent_event restarted;
    restarted.kind = event_kind::server_started;
    restarted.server = "edge1";
    restarted.time = at_clock("12:05:30");
    {
        bench b(store, {.disk = &disk});
        b.send({started("s1", "12:00:00")});
        b.at("12:06:10").send({restarted});
        b.at("12:07:10");
        REQUIRE(store.content().contains({at_minute("12:04"), dimension::channel, "news"}));
        b.send({closed("s1", "12:01:30")});
        disk.crash();
    }
    bench b(store, {.now = "12:07:30", .disk = &disk});
    b.at("12:08:10");
    CHECK(store.content().contains({at_minute("12:01"), dimension::channel, "news"}));
    CHECK_FALSE(store.content().contains({at_minute("12:04"), dimension::channel, "news"}));
}

TEST_CASE("after a crash active_sessions is what is open, whatever the store had", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    {
        bench b(store, {.disk = &disk});
        b.send({started("gone", "12:00:00"), started("stays", "12:00:00")});
        b.at("12:01:00");
        REQUIRE(store.sessions().size() == 2);
        b.send({closed("gone", "12:01:00"), started("new", "12:01:00")});
        disk.crash();
    }
    bench b(store, {.now = "12:01:30", .disk = &disk});
    b.at("12:02:30");
    std::vector<std::string> ids;
    for (const auto& [key, row] : store.sessions()) ids.push_back(row.id);
    std::ranges::sort(ids);
    CHECK(ids == std::vector<std::string>{"new", "stays"});
}

TEST_CASE("a disk that was lost is made up for by the store's sessions, and from then on by our own files",
          "[pipeline]") {
    fake_store store;
    {
        memory_disk lost(1);
        bench b(store, {.disk = &lost});
        b.send({started("s1", "12:00:00")});
        b.at("12:02:10");
    }
    memory_disk disk(2);
    {
        bench b(store, {.now = "12:03:00", .disk = &disk});
        CHECK(b.outcome->restored_sessions == 1);
        CHECK(b.metrics.total(counter::checkpoints_written) == 1);
        disk.crash();
    }
    store.go_away();
    bench b(store, {.now = "12:03:10", .disk = &disk});
    CHECK(b.outcome->recovered_sessions == 1);
    CHECK(b.send({closed("s1", "12:03:20")}).accepted == 1);
    CHECK(b.health().active_sessions == 0);
}

TEST_CASE("checkpoints let old segments go, and a start needs only what is behind them", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    bench_settings settings;
    settings.disk = &disk;
    settings.options.checkpoint_journal_bytes = 100'000;
    {
        bench b(store, settings);
        for (int minute = 0; minute < 10; ++minute) {
            for (int i = 0; i < 20; ++i) {
                std::vector<sent_event> batch;
                for (int k = 0; k < 50; ++k) {
                    batch.push_back(started(std::to_string(minute) + "-" + std::to_string(i) + "-" + std::to_string(k),
                                            "12:00:00"));
                }
                b.send(std::move(batch));
            }
            b.pass(60s);
        }
        CHECK(b.metrics.total(counter::checkpoints_written) >= 4);
        CHECK(b.metrics.value(gauge::journal_bytes) < 1'500'000);
        disk.crash();
    }
    settings.now = "12:11:00";
    bench b(store, settings);
    CHECK(b.outcome->recovered_sessions == 10'000);
}

TEST_CASE("a checkpoint counts what was applied, and not what is only on the disk", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    bench_settings settings;
    settings.disk = &disk;
    settings.options.checkpoint_interval = 5s;
    {
        bench b(store, settings);
        b.send({started("s1", "12:00:00")});
        b.stage.engine_is_busy(true);
        b.send({started("s2", "12:00:00")});  // durable, and its answer has not arrived
        b.pass(10s);
        REQUIRE(b.metrics.total(counter::checkpoints_written) == 2);
        disk.crash();
    }
    settings.now = "12:00:20";
    bench b(store, settings);
    CHECK(b.outcome->recovered_sessions == 2);
}

TEST_CASE("after a checkpoint that failed all frames are still there", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    bench_settings settings;
    settings.disk = &disk;
    settings.options.checkpoint_interval = 50s;
    {
        bench b(store, settings);
        for (int i = 0; i < 50; ++i) {
            std::vector<sent_event> batch;
            for (int k = 0; k < 200; ++k)
                batch.push_back(started(std::to_string(i) + "-" + std::to_string(k), "12:00:00"));
            b.send(std::move(batch));
        }
        REQUIRE(b.log->status().segments > 2);
        disk.inject(1, disk_fault::fail);
        while (b.metrics.total(counter::checkpoints_failed) == 0) b.pass(1s);
        b.pass(3s);                                                   // a disk in trouble is not kept busy
        REQUIRE(b.metrics.total(counter::checkpoints_written) == 1);  // the one of the start
        disk.crash();
    }
    settings.now = "12:01:20";
    bench b(store, settings);
    CHECK(b.outcome->recovered_sessions == 10'000);
}

TEST_CASE("rows that only the clock has changed since a checkpoint are right after a crash", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    bench_settings settings;
    settings.disk = &disk;
    settings.options.checkpoint_interval = 30s;
    const row_key news_at_1205{at_minute("12:05"), dimension::channel, "news"};
    sent_event elsewhere = started("s2", "12:08:20");
    elsewhere.channel = "sport";
    {
        bench b(store, settings);
        b.send({started("s1", "12:00:00"), updated("s1", "12:00:00")});
        b.at("12:08:20").send({elsewhere});
        b.at("12:09:50");
        REQUIRE(store.content().contains(news_at_1205));
        b.at("12:11:10");  // it was silent for ten minutes: it counts as gone since its last sign
        REQUIRE_FALSE(store.content().contains(news_at_1205));
        disk.crash();
    }
    settings.now = "12:11:20";
    bench b(store, settings);
    b.send({updated("s1", "12:11:20")});
    b.at("12:12:10");
    CHECK(store.content().contains(news_at_1205));
}

TEST_CASE("frames that were acknowledged and cannot be read are reported, and what follows them counts", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    {
        bench b(store, {.disk = &disk});
        for (int i = 0; i < 5; ++i) b.send({started("s" + std::to_string(i), "12:00:00")});
    }
    disk.rot(segment(), journal::frame_bytes(120) + 60);
    bench b(store, {.now = "12:00:30", .disk = &disk});
    CHECK(b.outcome->recovered_sessions == 4);
    CHECK(says(b, "were acknowledged and cannot be read"));
    CHECK(b.health().degraded);
    b.pass(1s);
    CHECK(b.metrics.value(gauge::journal_gaps) == 1);
}

TEST_CASE("a checkpoint that is missing or damaged is reported, and the frames that are there count", "[pipeline]") {
    for (const bool missing : {true, false}) {
        fake_store store;
        memory_disk disk(1);
        { bench(store, {.disk = &disk}).send({started("s1", "12:00:00")}); }
        if (missing) {
            disk.remove("checkpoint");
        } else {
            disk.rot("checkpoint", 50);
        }
        bench b(store, {.now = "12:00:30", .disk = &disk});
        CHECK(b.outcome->recovered_sessions == 1);
        CHECK(says(b, missing ? "the checkpoint is missing" : "the checkpoint is damaged"));
    }
}

TEST_CASE("a checkpoint under another secret is refused and left alone", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    { bench(store, {.disk = &disk}).send({started("s1", "12:00:00")}); }
    const auto before = disk.content("checkpoint");
    const auto found = pipeline::recover(disk, {.limits = {}, .secret = secret_of(9).value, .progress = {}});
    REQUIRE_FALSE(found);
    CHECK(found.error().what.find("under another secret") != std::string::npos);
    CHECK(disk.content("checkpoint") == before);
}

TEST_CASE("a frame that ends the process whenever it is replayed is set aside after the second time", "[pipeline]") {
    memory_disk disk(1);
    for (int attempt = 0; attempt < 2; ++attempt) {
        pipeline::replay_guard guard(disk, 0);
        CHECK(guard.enter(6));
        CHECK(guard.enter(7));  // and here the process ends
    }
    {
        pipeline::replay_guard guard(disk, 0);
        CHECK(guard.enter(6));
        CHECK_FALSE(guard.enter(7));
        guard.keep(7, std::vector<std::byte>(3));
        CHECK(guard.enter(8));
        guard.finish();
        CHECK(guard.set_aside() == std::vector<journal::lsn>{7});
        CHECK(disk.content("set-aside-7").size() == 3);
    }
    CHECK_FALSE(pipeline::replay_guard(disk, 0).enter(7));  // remembered as long as the frame is there
    CHECK(pipeline::replay_guard(disk, 7).enter(7));
}

TEST_CASE("starts that refuse a newer format do not count against the frames before it", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    {
        bench b(store, {.disk = &disk});
        b.send({started("s1", "12:00:00")});
        b.send({started("s2", "12:00:00")});
        disk.crash();
    }
    const auto ours = disk.content(segment());
    auto newer = ours;
    const std::size_t last = frame_of_batch(newer, 2);
    newer[last + 4] = std::byte{journal::format_version + 1};
    const std::uint32_t crc = journal::crc32c(journal::bytes_view(newer).subspan(last, 36));
    for (std::size_t i = 0; i < 4; ++i) newer[last + 36 + i] = static_cast<std::byte>(crc >> (8 * i));
    disk.put(segment(), newer);
    for (int attempt = 0; attempt < 3; ++attempt) CHECK_THROWS(bench(store, {.now = "12:00:20", .disk = &disk}));
    disk.put(segment(), ours);
    bench b(store, {.now = "12:00:40", .disk = &disk});
    CHECK(b.outcome->recovered_sessions == 2);
    CHECK(b.health().problems.empty());
}

TEST_CASE("starts that are killed between two frames blame none of them", "[pipeline]") {
    struct killed {};
    fake_store store;
    memory_disk disk(1);
    { bench(store, {.disk = &disk}).send({started("s1", "12:00:00")}); }
    const auto kill = [](std::uint64_t, std::uint64_t) { throw killed{}; };
    const pipeline::recovery_settings settings{.limits = {}, .secret = secret_of(7).value, .progress = kill};
    for (int attempt = 0; attempt < 3; ++attempt) CHECK_THROWS_AS(pipeline::recover(disk, settings), killed);
    bench b(store, {.now = "12:00:30", .disk = &disk});
    CHECK(b.outcome->recovered_sessions == 1);
    CHECK_FALSE(says(b, "was set aside"));
}

TEST_CASE("a recovery that is given up ends before the next read and leaves the files as they were", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    {
        bench b(store, {.disk = &disk});
        b.send({started("s1", "12:00:00")});
        CHECK(b.drain() == everything_stored);  // into the checkpoint
    }
    { bench(store, {.now = "12:00:10", .disk = &disk}).send({started("s2", "12:00:10")}); }
    const auto before = all_files(disk);

    pipeline::recovery_settings settings{.limits = {}, .secret = secret_of(7).value, .progress = {}};
    int patience = 0;
    bool between_frames = false;
    for (bool abandoned = true; abandoned; ++patience) {
        int asked = 0;
        settings.abandon = [&] {
            between_frames |= all_files(disk).contains("replay.mark");
            return ++asked > patience;
        };
        const auto found = pipeline::recover(disk, settings);
        REQUIRE(found);
        abandoned = found.value().abandoned;
        CHECK((found.value().made == nullptr) == abandoned);
        CHECK(asked == (abandoned ? patience + 1 : patience));
        CHECK(all_files(disk) == before);
    }
    CHECK(between_frames);  // and not only in the checkpoint
    bench b(store, {.now = "12:00:30", .disk = &disk});
    CHECK(b.outcome->recovered_sessions == 2);
}

TEST_CASE("what a start sets aside is said", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    { bench(store, {.disk = &disk}).send({started("s1", "12:00:00")}); }
    for (int attempt = 0; attempt < 2; ++attempt) pipeline::replay_guard(disk, 0).enter(1);
    bench b(store, {.now = "12:00:30", .disk = &disk});
    CHECK(b.outcome->recovered_sessions == 0);
    CHECK(says(b, "was set aside"));
}

TEST_CASE("a full disk refuses events, and goes on by itself when there is room", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    bench_settings settings;
    settings.disk = &disk;
    settings.options.journal.room_retry = 0ms;
    bench b(store, settings);
    disk.limit_bytes(1);
    std::uint64_t taken = 0;
    const auto fill = [&] {
        std::vector<sent_event> batch;
        for (int k = 0; k < 200; ++k)
            batch.push_back(started(std::to_string(taken) + "-" + std::to_string(k), "12:00:00"));
        return b.send(std::move(batch));
    };
    intake_answer answer = fill();
    while (answer.taken) {
        ++taken;
        answer = fill();
    }
    CHECK(answer.reason.find("the disk is full") == 0);
    b.pass(1s);
    CHECK_FALSE(b.health().accepting);
    CHECK(b.metrics.value(gauge::journal_no_room) == 1);
    disk.limit_bytes(std::uint64_t{1} << 40U);
    b.pass(10s);
    CHECK(b.health().accepting);
    CHECK(fill().taken);
    CHECK(b.health().active_sessions == (taken + 1) * 200);
}

TEST_CASE("too many sessions: batches that bring new ones are refused, closes are taken", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    bench_settings settings;
    settings.disk = &disk;
    settings.options.sessions_max = 2;
    bench b(store, settings);
    CHECK(b.send({started("s1", "12:00:00"), started("s2", "12:00:00")}).taken);
    const intake_answer refused = b.send({started("s3", "12:00:00")});
    CHECK_FALSE(refused.taken);
    CHECK(refused.reason == "too many sessions: 2 are known, the most allowed");
    CHECK_FALSE(b.send({updated("s3", "12:00:00")}).taken);
    CHECK(b.send({started("s1", "12:00:00"), updated("s2", "12:00:00")}).taken);
    CHECK(b.send({closed("s1", "12:00:00"), closed("s4", "12:00:00")}).accepted == 2);
    CHECK_FALSE(b.send({closed("s5", "12:00:00")}).taken);  // it would be one more than a quarter too many
    CHECK(b.send({closed("s2", "12:00:00")}).taken);
    CHECK(b.metrics.total(counter::refused_sessions) == 3);
    b.pass(1s);
    CHECK(says(b, "too many sessions"));
}

TEST_CASE("minutes stay open to late events for as long as the daemon has been up again", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    {
        bench b(store, {.disk = &disk});
        b.send({started("s1", "12:00:00")});
        b.at("12:01:00");
        disk.crash();
    }
    bench b(store, {.now = "12:20:00", .disk = &disk});  // the late window is 15 min
    b.send({started("s2", "12:18:10"), closed("s2", "12:18:20")});
    b.at("12:21:00");
    CHECK(store.content().at({at_minute("12:18"), dimension::server, "edge1"}).peak_concurrent == 2);
}

TEST_CASE("to a database that was emptied all minutes that can still change and all sessions are written again",
          "[pipeline]") {
    for (const bool running : {true, false}) {
        fake_store store;
        memory_disk disk(1);
        std::vector<receipt> receipts;
        {
            bench b(store, {.disk = &disk});
            b.send({started("s1", "12:00:00"), started("s2", "12:00:30")});
            b.at("12:02:10").send({closed("s2", "12:01:40", 500)});
            b.at("12:04:10");
            receipts = b.receipts;
            if (running) {
                store.lose_everything();
                b.at("12:08:10");
                CHECK(difference(b.expected(), store.content()) == "");
                CHECK(store.sessions().size() == 1);
            } else {
                CHECK(b.drain() == everything_stored);
            }
        }
        if (running) continue;
        store.lose_everything();
        bench_settings again{.now = "12:04:40", .options = {}, .disk = &disk};
        again.options.write_all_again = true;
        bench b(store, again);
        b.receipts = receipts;
        b.at("12:06:10");
        CHECK(difference(b.expected(), store.content()) == "");
        CHECK(store.sessions().size() == 1);
    }
}

TEST_CASE("a store that somebody else writes to ends a start that did not wait for it", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    { bench(store, {.disk = &disk}).send({started("s1", "12:00:00")}); }
    store.go_away(store_trouble::not_ours);
    bench b(store, {.now = "12:01:00", .disk = &disk});
    CHECK(b.broken.find("the store is not ours") == 0);
    CHECK_FALSE(b.send({started("s2", "12:01:00")}).taken);
}

TEST_CASE("a checkpoint in the middle of a pass does not bring back rows that are gone", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    pipeline::pipeline_options options;
    options.checkpoint_journal_bytes = 1;
    {
        bench b(store, {.options = options, .disk = &disk});
        b.send({started("s1", "12:00:10")});
        b.at("12:01:30");
        b.takes_at_once(false);
        b.at("12:02:00");  // a flush is due: its pieces wait in the intake
        b.journal_works(false);
        b.send({closed("s1", "12:00:40")});
        b.conductor.take();  // into the journal; the pass begins, and its first piece waits
        b.journal_works(true);
        b.settle();  // durable and applied: the rows as of the pass are kept
        b.pass(1s);  // a checkpoint
        b.settle();
    }  // the process is killed
    bench b(store, {.now = "12:02:10", .options = options, .disk = &disk});
    CHECK(b.outcome->recovered_sessions == 0);
    b.at("12:10:00");
    for (const auto& [key, numbers] : store.content()) {
        const auto& [at, d, value] = key;
        if (at == at_minute("12:01") && d != dimension::global) CHECK(numbers.all_zero());
    }
}

TEST_CASE("a checkpoint that is in force lets the segments behind it go", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    pipeline::pipeline_options options;
    options.checkpoint_journal_bytes = 1;
    bench b(store, {.options = options, .disk = &disk});
    const auto segments = [&disk] {
        const auto names = disk.list();
        return std::ranges::count_if(names.value(), [](const std::string& name) { return name.ends_with(".seg"); });
    };
    for (int i = 0; i < 300; ++i) {  // more than a megabyte, in segments of a quarter
        sent_event event = started("s" + std::to_string(i), "12:00:10");
        event.user_agent = std::string(4'000, 'x');
        b.send({std::move(event)});
    }
    CHECK(segments() >= 4);
    b.pass(3s);
    CHECK(segments() <= 2);
}

TEST_CASE("a checkpoint that finds no room gets that of the spare segments", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    pipeline::pipeline_options options;
    options.checkpoint_journal_bytes = 1;
    options.checkpoint_interval = 10s;
    bench b(store, {.options = options, .disk = &disk});
    const auto send = [&b](int first, int last) {
        for (int i = first; i < last; ++i) {
            sent_event event = started("s" + std::to_string(i), "12:00:10");
            event.user_agent = std::string(4'000, 'x');
            b.send({std::move(event)});
        }
    };
    const auto spares = [&disk] {
        const auto names = disk.names();
        return std::ranges::count_if(names, [](const std::string& name) { return name.starts_with("journal.spare-"); });
    };
    send(0, 300);
    b.pass(3s);
    REQUIRE(spares() >= 3);
    disk.limit_bytes(disk.bytes_in_all());
    send(300, 302);
    b.pass(12s);
    REQUIRE(b.metrics.total(counter::checkpoints_failed) == 1);
    CHECK(spares() == 0);
    const auto written = b.metrics.total(counter::checkpoints_written);
    b.pass(10s);
    CHECK(b.metrics.total(counter::checkpoints_written) > written);
}
