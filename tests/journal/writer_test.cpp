// Group commit, segments, a full disk, failures for ever (RELIABILITY 2 to 5, 11).
#include <algorithm>
#include <thread>

#include "journal/bench.hpp"
#include "journal/segment_name.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::testing;
using journal::append_outcome;
using journal::frame_kind;
using journal::lsn;
using journal::name_of_segment;

namespace {

void check_all_there(bench& t, std::uint64_t first, std::uint64_t last) {
    const reading seen = read_all(t.disk, first);
    CHECK(seen.found.gaps.empty());
    CHECK(seen.found.last == last);
    for (std::uint64_t number = first; number <= last; ++number) REQUIRE(seen.ids.at(number) == number);
}

// Segments of more than one block, so that old bytes are left behind what is written.
constexpr std::size_t block = 4096;
constexpr std::uint64_t frames_of_blocks = block * 2 / told_frame_bytes;

journal::writer_limits segments_of_blocks() {
    journal::writer_limits limits = bench::small_limits();
    limits.segment_bytes = block * 2;
    return limits;
}

std::vector<std::string> spares(const bench& t) {
    std::vector<std::string> found = t.disk.names();
    std::erase_if(found, [](const std::string& name) { return !journal::is_spare_segment(name); });
    return found;
}

// The first bytes of `whole`, and what `rest` holds.
journal::payload in_two(const bytes& whole, std::shared_ptr<bytes> rest) {
    journal::payload::lead_bytes lead{};
    std::copy_n(whole.begin(), lead.size(), lead.begin());
    const journal::bytes_view behind = *rest;
    return {lead, behind, std::move(rest)};
}

std::vector<bytes> payloads(memory_disk& disk) {
    std::vector<bytes> found;
    const auto visit = [&](const journal::frame_header&, journal::bytes_view payload) {
        found.emplace_back(payload.begin(), payload.end());
        return journal::visit_outcome::go_on;
    };
    REQUIRE(journal::read_journal(disk, 0, visit, {}));
    return found;
}

// Outcomes of appends that went on while the disk was full.
bool until_there_is_room(bench& t, std::uint64_t id) {
    for (;;) {
        const append_outcome outcome = t.append(id).outcome;
        if (outcome != append_outcome::no_room) return outcome == append_outcome::durable;
    }
}

}  // namespace

TEST_CASE("what was answered durable survives a power cut", "[journal]") {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        bench t(bench::small_limits(), seed);
        t.open().fill(1, 20).crash();
        check_all_there(t, 1, 20);
    }
}

TEST_CASE("nothing is answered durable before a sync has returned", "[journal]") {
    bench t;
    t.open();
    answers got;
    t.disk.hold();
    t.writer->append(frame_kind::batch, payload_of(1), got.take(1));
    t.disk.wait_for_held();
    CHECK(got.count() == 0);
    const std::uint64_t syncs = t.disk.counters().syncs;
    t.disk.let_go();
    CHECK(got.wait_for(1).front().outcome == append_outcome::durable);
    CHECK(t.disk.counters().syncs == syncs + 1);
}

TEST_CASE("a payload in two pieces is read back as one, also if it is the first piece alone", "[journal]") {
    for (const std::size_t size : {8UL, 9UL, 16UL, 31UL, 1'000UL}) {
        CAPTURE(size);
        bench t;
        t.limits.segment_bytes = 1 << 16;
        t.open();
        const bytes whole = payload_of(1, size);
        answers got;
        t.writer->append(frame_kind::batch, in_two(whole, std::make_shared<bytes>(whole.begin() + 8, whole.end())),
                         got.take(1));
        REQUIRE(got.wait_for(1).front().outcome == append_outcome::durable);
        t.append(2);
        CHECK(payloads(t.disk).front() == whole);
    }
}

TEST_CASE("what keeps a payload is let go after its answer, and not before", "[journal]") {
    bench t;
    t.open();
    auto keeper = std::make_shared<bytes>(24);
    const std::weak_ptr<bytes> kept = keeper;
    std::optional<bool> kept_at_answer;
    t.disk.hold();
    t.writer->append(frame_kind::batch, in_two(payload_of(1), std::move(keeper)),
                     [&](append_outcome, lsn) { kept_at_answer = !kept.expired(); });
    t.disk.wait_for_held();
    CHECK_FALSE(kept.expired());
    t.disk.let_go();
    t.append(2);
    CHECK(kept_at_answer == true);
    CHECK(kept.expired());
}

TEST_CASE("what keeps a payload that is refused is let go", "[journal]") {
    bench t;
    t.open();
    auto keeper = std::make_shared<bytes>(static_cast<std::size_t>(t.limits.segment_bytes));
    const std::weak_ptr<bytes> kept = keeper;
    answers got;
    t.writer->append(frame_kind::batch, in_two(payload_of(1), std::move(keeper)), got.take(1));
    CHECK(got.wait_for(1).front().outcome == append_outcome::overloaded);
    CHECK(kept.expired());
}

TEST_CASE("all that gathers while a group syncs is one write and one sync", "[journal]") {
    journal::writer_limits limits;
    limits.segment_bytes = 1 << 16;
    bench t(limits);
    t.open();
    answers got;
    t.disk.hold();
    t.writer->append(frame_kind::batch, payload_of(1), got.take(1));
    t.disk.wait_for_held();
    const auto before = t.disk.counters();
    for (std::uint64_t id = 2; id <= 100; ++id) t.writer->append(frame_kind::batch, payload_of(id), got.take(id));
    CHECK(t.writer->status().queued_bytes == 99 * told_frame_bytes);
    t.disk.let_go();
    const auto all = got.wait_for(100);
    CHECK(t.disk.counters().writes == before.writes + 2);
    CHECK(t.disk.counters().syncs == before.syncs + 2);
    for (std::uint64_t id = 1; id <= 100; ++id) {
        const answers::one& one = all[static_cast<std::size_t>(id - 1)];
        REQUIRE(one.id == id);
        REQUIRE(one.number == id);
    }
}

TEST_CASE("a group is no larger than its limit and a frame", "[journal]") {
    journal::writer_limits limits = bench::small_limits();
    limits.segment_bytes = 1 << 16;
    limits.group_bytes_max = 3 * told_frame_bytes;
    bench t(limits);
    t.open();
    const auto before = t.disk.counters();
    t.append_group(1, 30);
    CHECK(t.disk.counters().syncs == before.syncs + 10);
}

TEST_CASE("frames carry the number that was durable when they were written", "[journal]") {
    bench t;
    t.open().fill(1, 1);
    t.append_group(2, 4);
    std::map<lsn, lsn> durable;
    const auto visit = [&](const journal::frame_header& header, journal::bytes_view) {
        durable[header.number] = header.durable;
        return journal::visit_outcome::go_on;
    };
    REQUIRE(journal::read_journal(t.disk, 1, visit, nullptr));
    CHECK(durable == std::map<lsn, lsn>{{1, 0}, {2, 1}, {3, 1}, {4, 1}});
}

TEST_CASE("segments follow each other, and each is named by its first frame", "[journal]") {
    bench t;
    t.open().fill(1, 40);
    check_all_there(t, 1, 40);
    // 1024 / 72 = 14
    CHECK(t.segments() == std::vector<std::string>{name_of_segment(1), name_of_segment(15), name_of_segment(29)});
    CHECK(t.writer->status().segments == 3);
    CHECK(t.writer->status().bytes == 4 * 1024);
    CHECK(t.disk.content("journal.next") == bytes(1024));
}

TEST_CASE("a writer opened again goes on behind the last frame", "[journal]") {
    bench t;
    t.open().fill(1, 20).close().open().fill(21, 40).close();
    check_all_there(t, 1, 40);
}

TEST_CASE("starts without much between them do not leave a segment each", "[journal]") {
    bench t;
    t.limits.segment_bytes = 1 << 16;
    for (std::uint64_t id = 1; id <= 7; ++id) t.open().fill(id, id).close();
    CHECK(t.segments().size() == 1);
    check_all_there(t, 1, 7);
}

TEST_CASE("a full segment is not written again at a start", "[journal]") {
    bench t;
    t.limits.group_bytes_max = 100;
    t.open().fill(1, 10).close();
    const bytes before = t.disk.content(name_of_segment(1));
    t.open().fill(11, 12);
    CHECK(t.disk.content(name_of_segment(1)) == before);
    check_all_there(t, 1, 12);
}

TEST_CASE("numbers go on behind a gap", "[journal]") {
    bench t;
    t.limits.group_bytes_max = 100;
    t.open().fill(1, 10).close();
    t.disk.rot(name_of_segment(1), 2 * told_frame_bytes + 5);
    t.open().fill(11, 12).close();
    const reading seen = read_all(t.disk);
    REQUIRE(seen.found.gaps.size() == 1);
    CHECK(seen.found.gaps[0].first == 3);
    CHECK(seen.ids.size() == 11);
    CHECK(seen.found.last == 12);
}

TEST_CASE("damage is reported again at every start until its segment is trimmed", "[journal]") {
    bench t;
    t.open().fill(1, 10).close();
    t.disk.rot(name_of_segment(1), 2 * told_frame_bytes + 5);
    for (std::uint64_t id = 11; id <= 13; ++id) {
        t.open().fill(id, id).close();
        CHECK(read_all(t.disk).found.gaps.size() == 1);
    }
}

TEST_CASE("a recovered tail is on the disk before the first answer", "[journal]") {
    bench t;
    t.open().fill(1, 3);
    // The sync of 4 fails: it stays in the cache only, and no later sync of this file keeps it.
    t.disk.inject(2, disk_fault::fail);
    CHECK(t.append(4).outcome == append_outcome::failed);
    t.close();
    REQUIRE(read_all(t.disk).found.last == 4);
    t.open();
    t.crash();
    check_all_there(t, 1, 4);
}

TEST_CASE("after a failed write or sync nothing is answered durable, and nothing is tried again", "[journal]") {
    const std::uint64_t operation = GENERATE(std::uint64_t{1}, std::uint64_t{2});
    bench t;
    t.open().fill(1, 3);
    t.disk.inject(operation, disk_fault::fail);
    CHECK(t.append(4).outcome == append_outcome::failed);
    const auto before = t.disk.counters();
    CHECK(t.append(5).outcome == append_outcome::failed);
    CHECK(t.append(6).number == 0);
    t.trim(3);
    CHECK(t.disk.counters().operations == before.operations);
    CHECK(t.writer->status().failed);
    CHECK(t.writer->status().trouble == "the disk fails");
    CHECK(t.writer->status().durable == 3);
}

TEST_CASE("a failure while the next segment is taken into use is for ever, one while it is created is not",
          "[journal]") {
    // With 14 frames a segment is full. Then: rename, sync the directory, remove, create, sync the directory.
    const auto [operation, outcome] = GENERATE(table<std::uint64_t, append_outcome>({
        {1, append_outcome::failed},
        {2, append_outcome::failed},
        {3, append_outcome::durable},
        {4, append_outcome::durable},
        {5, append_outcome::failed},
    }));
    bench t;
    t.open().fill(1, 14);
    t.disk.inject(operation, disk_fault::fail);
    CHECK(t.append(15).outcome == outcome);
    if (outcome == append_outcome::durable) {
        t.fill(16, 40);
        check_all_there(t, 1, 40);
    }
}

TEST_CASE("a full disk is answered before anything is written, and it goes on by itself", "[journal]") {
    bench t;
    t.disk.limit_bytes(2048);
    t.open();
    std::uint64_t id = 1;
    while (t.append(id).outcome == append_outcome::durable) ++id;
    CHECK(t.append(id).outcome == append_outcome::no_room);
    CHECK(t.writer->status().no_room);
    CHECK_FALSE(t.writer->status().failed);
    check_all_there(t, 1, id - 1);
    t.disk.limit_bytes(1 << 20);
    REQUIRE(until_there_is_room(t, id));
    CHECK_FALSE(t.writer->status().no_room);
    t.fill(id + 1, 60).crash();
    check_all_there(t, 1, 60);
}

TEST_CASE("on a full disk batches leave room for the frames that help", "[journal]") {
    bench t;
    t.disk.limit_bytes(1024);
    t.open();
    std::uint64_t id = 1;
    while (t.append(id).outcome == append_outcome::durable) ++id;
    CHECK(t.append(id, frame_kind::flush).outcome == append_outcome::durable);
    CHECK(t.append(id + 1).outcome == append_outcome::no_room);
}

TEST_CASE("a frame that does not fit on a full disk leaves the room to a smaller one", "[journal]") {
    bench t;
    t.disk.limit_bytes(1024);
    t.open();
    t.payload_bytes = 900;
    CHECK(t.append(1).outcome == append_outcome::no_room);
    t.payload_bytes = 32;
    CHECK(t.append(1).outcome == append_outcome::durable);
}

TEST_CASE("without appends, too, it asks for room until there is some", "[journal]") {
    bench t;
    t.limits.room_retry = std::chrono::milliseconds{1};
    t.disk.limit_bytes(1024);
    t.open();
    while (t.append(1).outcome == append_outcome::durable) {
    }
    t.disk.limit_bytes(1 << 20);
    while (t.writer->status().no_room) std::this_thread::yield();
    CHECK(t.append(1).outcome == append_outcome::durable);
}

TEST_CASE("trimming makes room on a full disk", "[journal]") {
    bench t;
    t.limits.room_retry = std::chrono::hours{1};
    t.disk.limit_bytes(2048);
    t.open();
    std::uint64_t id = 1;
    while (t.append(id).outcome == append_outcome::durable) ++id;
    REQUIRE(t.segments().size() == 2);
    t.trim(20);
    CHECK(t.append(id).outcome == append_outcome::durable);
}

TEST_CASE("a full queue refuses, in the order of the calls, and takes again when it is empty", "[journal]") {
    bench t;
    t.limits.queue_bytes_max = 2 * told_frame_bytes;
    t.open();
    answers got;
    t.disk.hold();
    t.writer->append(frame_kind::batch, payload_of(1), got.take(1));
    t.disk.wait_for_held();
    for (std::uint64_t id = 2; id <= 4; ++id) t.writer->append(frame_kind::batch, payload_of(id), got.take(id));
    t.disk.let_go();
    const auto all = got.wait_for(4);
    CHECK(all[1].outcome == append_outcome::durable);
    CHECK(all[2].outcome == append_outcome::durable);
    CHECK(all[3].id == 4);
    CHECK(all[3].outcome == append_outcome::overloaded);
    CHECK(t.append(5).number == 4);
}

TEST_CASE("a frame may be as large as a segment and not one byte larger", "[journal]") {
    bench t;
    t.open();
    t.payload_bytes = 1024 - journal::frame_header_bytes;
    CHECK(t.append(1).outcome == append_outcome::durable);
    ++t.payload_bytes;
    CHECK(t.append(2).outcome == append_outcome::overloaded);
    --t.payload_bytes;
    t.fill(2, 3);
    check_all_there(t, 1, 3);
}

TEST_CASE("trimming removes the segments that hold nothing newer, and never the current one", "[journal]") {
    bench t;
    t.open().fill(1, 40);
    t.trim(13);
    CHECK(t.segments().size() == 3);
    t.trim(14);
    CHECK(t.segments() == std::vector<std::string>{name_of_segment(15), name_of_segment(29)});
    t.trim(1000);
    CHECK(t.segments() == std::vector<std::string>{name_of_segment(29)});
    t.fill(41, 50).crash();
    check_all_there(t, 41, 50);
}

TEST_CASE("removed segments that come back after a power cut do no harm", "[journal]") {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        bench t(bench::small_limits(), seed);
        t.open().fill(1, 60);
        t.disk.inject(2, disk_fault::crash);
        t.writer->trim(50);
        t.crash();
        const reading seen = read_all(t.disk, 51);
        REQUIRE(seen.found.gaps.empty());
        REQUIRE(seen.found.last == 60);
    }
}

TEST_CASE("what was trimmed stays gone when the power is cut", "[journal]") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        bench t(bench::small_limits(), seed);
        t.open().fill(1, 60);
        t.trim(50);
        const auto kept = t.segments();
        t.crash();
        REQUIRE(t.segments() == kept);
    }
}

TEST_CASE("a group waits until it has as many frames as the one before", "[journal]") {
    journal::writer_limits limits;
    limits.segment_bytes = 1 << 20;
    limits.gather_time = std::chrono::hours{1};
    bench t(limits);
    t.open().append_group(1, 3);
    answers got;
    const auto append = [&](std::uint64_t id) {
        t.writer->append(frame_kind::batch, payload_of(id, t.payload_bytes), got.take(id));
    };
    SECTION("and is one write and one sync") {
        const auto before = t.disk.counters();
        append(4);
        append(5);
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
        CHECK(got.count() == 0);
        append(6);
        got.wait_for(3);
        CHECK(t.disk.counters().writes == before.writes + 1);
        CHECK(t.disk.counters().syncs == before.syncs + 1);
    }
    SECTION("but not if it has bytes enough") {
        t.payload_bytes = 100'000;
        append(4);
        CHECK(got.wait_for(1).front().outcome == append_outcome::durable);
    }
    SECTION("but not if the writer is closed") {
        append(4);
        t.close();
        CHECK(got.wait_for(1).front().outcome == append_outcome::durable);
    }
}

TEST_CASE("after a large group the next one waits for more frames than it had", "[journal]") {
    journal::writer_limits limits;
    limits.segment_bytes = 1 << 20;
    limits.large_gather_time = std::chrono::hours{1};
    bench t(limits);
    t.payload_bytes = 40'000;
    t.open().append_group(1, 2);
    answers got;
    const auto append = [&](std::uint64_t id) {
        t.writer->append(frame_kind::batch, payload_of(id, t.payload_bytes), got.take(id));
    };
    for (std::uint64_t id = 3; id <= 8; ++id) append(id);
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    CHECK(got.count() == 0);
    SECTION("until it has bytes enough") {
        append(9);
        got.wait_for(7);
    }
    SECTION("but not if the writer is closed") {
        t.close();
        got.wait_for(6);
    }
}

TEST_CASE("after a large frame that came alone the next one does not wait", "[journal]") {
    journal::writer_limits limits;
    limits.segment_bytes = 1 << 20;
    limits.large_gather_time = std::chrono::hours{1};
    bench t(limits);
    t.payload_bytes = 80'000;
    t.open().fill(1, 3);
}

TEST_CASE("a group waits for a short time only", "[journal]") {
    bench t{journal::writer_limits{}};
    SECTION("after one of many frames") {
        t.open().append_group(1, 200);
    }
    SECTION("after a large one") {
        t.payload_bytes = 100'000;
        t.open().append_group(1, 2);
    }
    CHECK(t.append(201).outcome == append_outcome::durable);
}

TEST_CASE("a segment that was let go is written again, and what was in it does not count", "[journal]") {
    bench t(segments_of_blocks());
    t.open().fill(1, frames_of_blocks * 3);
    const std::uint64_t bytes_before = t.writer->status().bytes;
    t.trim(frames_of_blocks * 2);
    CHECK(spares(t).size() == 2);
    CHECK(t.segments().size() == 1);
    CHECK(t.writer->status().bytes == bytes_before);
    const std::uint64_t last = frames_of_blocks * 4 + 10;  // in a segment that was one before
    t.fill(frames_of_blocks * 3 + 1, last);
    CHECK(t.writer->status().bytes == bytes_before);
    CHECK(t.disk.content(name_of_segment(frames_of_blocks * 3 + 1)) != bytes(block * 2));
    t.crash();
    check_all_there(t, frames_of_blocks * 2 + 1, last);
    t.open().fill(last + 1, last + 20).crash();
    check_all_there(t, frames_of_blocks * 2 + 1, last + 20);
}

TEST_CASE("old bytes behind the end of a segment are not taken for a torn tail", "[journal]") {
    bench t(segments_of_blocks());
    t.payload_bytes = 80;
    const std::uint64_t frames = block * 2 / journal::frame_bytes(t.payload_bytes);
    t.open().fill(1, frames * 2);
    t.trim(frames);
    t.fill(frames * 2 + 1, frames * 3);  // up to the end of what is not old
    for (std::uint64_t id = frames * 3 + 1; id <= frames * 4; ++id) {
        REQUIRE(t.append(id).outcome == append_outcome::durable);
        const journal::recovered found = read_all(t.disk, frames + 1).found;
        REQUIRE(found.last == id);
        REQUIRE(found.torn_bytes == 0);
    }
}

TEST_CASE("a torn frame in front of old bytes is told with its size", "[journal]") {
    bench t(segments_of_blocks());
    t.open().fill(1, frames_of_blocks * 2).trim(frames_of_blocks);
    const std::uint64_t first = frames_of_blocks * 3 + 1;
    t.fill(frames_of_blocks * 2 + 1, first + 2).close();
    t.disk.rot(name_of_segment(first), 2 * told_frame_bytes + 5);
    const journal::recovered found = read_all(t.disk, first).found;
    CHECK(found.last == first + 1);
    CHECK(found.torn_bytes == told_frame_bytes);
    CHECK(found.gaps.empty());
}

// Numbers of frames that were torn are given anew, so an earlier run may have left any.
TEST_CASE("what an earlier run has written is removed, not written over", "[journal]") {
    bench t(segments_of_blocks());
    t.open().fill(1, frames_of_blocks * 2 + 1).close();
    t.open().fill(frames_of_blocks * 2 + 2, frames_of_blocks * 4);
    t.trim(frames_of_blocks * 2);
    CHECK(spares(t).empty());
    CHECK(t.disk.content("journal.next") == bytes(block * 2));
}

// Senders choose what is in a payload, and half a frame may be left of what is written over.
TEST_CASE("a segment with a payload that looks like a frame is removed, not written over", "[journal]") {
    const auto [shift, kept] = GENERATE(table<std::size_t, std::size_t>({{0, 0}, {8, 0}, {4, 1}, {3, 1}}));
    bench t(segments_of_blocks());
    t.open();
    bytes payload(shift);
    journal::append_frame(payload, frame_kind::batch, 400, 0, payload_of(1));
    answers got;
    t.writer->append(frame_kind::batch, payload, got.take(1));
    REQUIRE(got.wait_for(1).front().outcome == append_outcome::durable);
    t.fill(2, frames_of_blocks + 1).trim(frames_of_blocks);
    REQUIRE(t.segments().size() == 1);
    REQUIRE(t.segments().front() != name_of_segment(1));
    CHECK(spares(t).size() == kept);
}

TEST_CASE("a tail that a start has written again is removed, not written over", "[journal]") {
    bench t(segments_of_blocks());
    t.open().fill(1, 3).close();
    t.open().fill(4, frames_of_blocks + 1).trim(frames_of_blocks);
    REQUIRE(t.segments().front() != name_of_segment(1));
    CHECK(spares(t).empty());
}

TEST_CASE("a segment that somebody reads is removed, not written over", "[journal]") {
    bench t(segments_of_blocks());
    t.open().fill(1, frames_of_blocks * 2 + 1);
    const auto reader = t.disk.open(name_of_segment(1));
    const bytes before = t.disk.content(name_of_segment(1));
    t.trim(frames_of_blocks * 2).fill(frames_of_blocks * 2 + 2, frames_of_blocks * 6);
    CHECK(spares(t).empty());
    bytes now(before.size());
    REQUIRE(reader.value()->read(0, now));
    CHECK(now == before);
}

TEST_CASE("as many spare segments are kept as the last trim has let go", "[journal]") {
    bench t(segments_of_blocks());
    t.open().fill(1, frames_of_blocks * 4).trim(frames_of_blocks * 3);
    CHECK(spares(t).size() == 3);
    t.fill(frames_of_blocks * 4 + 1, frames_of_blocks * 5).trim(frames_of_blocks * 4);
    CHECK(spares(t).size() == 1);
    t.trim(frames_of_blocks * 4);
    CHECK(spares(t).empty());
    t.crash();
    CHECK(spares(t).empty());
}

TEST_CASE("spare segments that another run left are removed at a start", "[journal]") {
    bench t(segments_of_blocks());
    t.open().fill(1, frames_of_blocks * 3).trim(frames_of_blocks * 2).close();
    REQUIRE(spares(t).size() == 2);
    t.open();
    CHECK(spares(t).empty());
    check_all_there(t, frames_of_blocks * 2 + 1, frames_of_blocks * 3);
}

TEST_CASE("closing finishes what was appended", "[journal]") {
    bench t;
    t.open();
    answers got;
    for (std::uint64_t id = 1; id <= 30; ++id) t.writer->append(frame_kind::batch, payload_of(id), got.take(id));
    t.close();
    REQUIRE(got.count() == 30);
    t.disk.crash();
    check_all_there(t, 1, 30);
}

TEST_CASE("several threads may append, trim and ask at once", "[journal]") {
    journal::writer_limits limits;
    limits.segment_bytes = 1 << 14;
    bench t(limits);
    t.open();
    answers got;
    std::vector<std::thread> threads;
    for (std::uint64_t n = 0; n < 4; ++n) {
        threads.emplace_back([&, n] {
            for (std::uint64_t i = 1; i <= 250; ++i) {
                t.writer->append(frame_kind::batch, payload_of(n * 1000 + i), got.take(n * 1000 + i));
                if (i % 50 == 0) t.writer->trim(t.writer->status().durable / 2);
            }
        });
    }
    for (std::thread& one : threads) one.join();
    std::map<std::uint64_t, std::uint64_t> newest;  // of each thread
    lsn expected = 1;
    for (const answers::one& one : got.wait_for(1000)) {
        REQUIRE(one.outcome == append_outcome::durable);
        REQUIRE(one.number == expected++);
        REQUIRE(one.id > newest[one.id / 1000]);
        newest[one.id / 1000] = one.id;
    }
    t.close();
    const reading seen = read_all(t.disk, 0);
    CHECK(seen.found.gaps.empty());
    CHECK(seen.found.last == 1000);
}
