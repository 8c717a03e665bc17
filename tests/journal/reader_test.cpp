// What a start finds: torn tails, damage, segments written twice, other formats (RELIABILITY 1, 5, 6, 11).
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

using ids = std::map<lsn, std::uint64_t>;

constexpr std::uint64_t in_header = 20;  // an offset within a frame
constexpr std::uint64_t in_payload = 60;

// Frames 1 … 6, one sync after each.
bytes synced_one_by_one() {
    return segment_of({{1, 0, 1}, {2, 1, 2}, {3, 2, 3}, {4, 3, 4}, {5, 4, 5}, {6, 5, 6}});
}

std::uint64_t frame_at(std::uint64_t number) {
    return (number - 1) * told_frame_bytes;
}

}  // namespace

TEST_CASE("an empty folder is an empty journal", "[journal]") {
    memory_disk disk(1);
    const reading seen = read_all(disk);
    CHECK(seen.failure.empty());
    CHECK(seen.found.last == 0);
    CHECK(seen.found.gaps.empty());
}

TEST_CASE("frames are read back in order, from the one that is asked for", "[journal]") {
    memory_disk disk(1);
    disk.put(name_of_segment(1), synced_one_by_one());
    CHECK(read_all(disk).ids == ids{{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}, {6, 6}});
    CHECK(read_all(disk, 5).ids == ids{{5, 5}, {6, 6}});
    CHECK(read_all(disk, 5).found.frames == 2);
    CHECK(read_all(disk, 0).found.gaps.empty());
}

TEST_CASE("a bad frame that no later one calls durable is a torn tail and dropped quietly", "[journal]") {
    memory_disk disk(1);
    const std::uint64_t where = GENERATE(in_header, in_payload);
    SECTION("the last one") {
        disk.put(name_of_segment(1), synced_one_by_one());
        disk.rot(name_of_segment(1), frame_at(6) + where);
        const reading seen = read_all(disk);
        CHECK(seen.found.last == 5);
        CHECK(seen.found.torn_bytes == told_frame_bytes);
        CHECK(seen.found.gaps.empty());
    }
    SECTION("one within the last group: what follows it in the group goes too") {
        disk.put(name_of_segment(1), segment_of({{1, 0, 1}, {2, 1, 2}, {3, 1, 3}, {4, 1, 4}}));
        disk.rot(name_of_segment(1), frame_at(3) + where);
        const reading seen = read_all(disk);
        CHECK(seen.ids == ids{{1, 1}, {2, 2}});
        CHECK(seen.found.last == 2);
        CHECK(seen.found.torn_bytes == 2 * told_frame_bytes);
        CHECK(seen.found.gaps.empty());
    }
}

TEST_CASE("a bad frame that a later one calls durable is damage: told by number, what follows is kept", "[journal]") {
    memory_disk disk(1);
    disk.put(name_of_segment(1), synced_one_by_one());
    disk.rot(name_of_segment(1), frame_at(3) + GENERATE(in_header, in_payload));
    const reading seen = read_all(disk);
    CHECK(seen.ids == ids{{1, 1}, {2, 2}, {4, 4}, {5, 5}, {6, 6}});
    REQUIRE(seen.found.gaps.size() == 1);
    CHECK(seen.found.gaps[0].first == 3);
    CHECK(seen.found.gaps[0].last == 3);
    CHECK(seen.found.gaps[0].where == name_of_segment(1) + " at byte 144");
    CHECK(seen.found.last == 6);
}

TEST_CASE("damage over several frames is one gap", "[journal]") {
    memory_disk disk(1);
    disk.put(name_of_segment(1), synced_one_by_one());
    for (std::uint64_t number = 2; number <= 4; ++number) disk.rot(name_of_segment(1), frame_at(number) + in_header);
    const reading seen = read_all(disk);
    CHECK(seen.ids == ids{{1, 1}, {5, 5}, {6, 6}});
    REQUIRE(seen.found.gaps.size() == 1);
    CHECK(seen.found.gaps[0].first == 2);
    CHECK(seen.found.gaps[0].last == 4);
}

TEST_CASE("a tail can be damaged up to what was durable and torn behind it", "[journal]") {
    memory_disk disk(1);
    // 4 says that 2 was durable; 3 and 4 were of one group.
    disk.put(name_of_segment(1), segment_of({{1, 0, 1}, {2, 1, 2}, {3, 2, 3}, {4, 2, 4}}));
    disk.rot(name_of_segment(1), frame_at(2) + in_header);
    disk.rot(name_of_segment(1), frame_at(3) + in_header);
    const reading seen = read_all(disk);
    CHECK(seen.ids == ids{{1, 1}});
    REQUIRE(seen.found.gaps.size() == 1);
    CHECK(seen.found.gaps[0].first == 2);
    CHECK(seen.found.gaps[0].last == 2);
    CHECK(seen.found.last == 2);
    CHECK(seen.found.torn_bytes > 0);
}

TEST_CASE("a later segment says by its name that all before it was durable", "[journal]") {
    memory_disk disk(1);
    disk.put(name_of_segment(1), segment_of({{1, 0, 1}, {2, 1, 2}, {3, 2, 3}}));
    disk.put(name_of_segment(4), bytes(1024));
    SECTION("nothing is wrong") {
        CHECK(read_all(disk).found.gaps.empty());
        CHECK(read_all(disk).found.last == 3);
    }
    SECTION("the last frame before it is bad") {
        disk.rot(name_of_segment(1), frame_at(3) + in_header);
        const reading seen = read_all(disk);
        CHECK(seen.ids == ids{{1, 1}, {2, 2}});
        REQUIRE(seen.found.gaps.size() == 1);
        CHECK(seen.found.gaps[0].first == 3);
        CHECK(seen.found.gaps[0].last == 3);
        CHECK(seen.found.last == 3);
    }
}

TEST_CASE("a tail that was written again to a new segment is taken once, and its torn rest not at all", "[journal]") {
    memory_disk disk(1);
    // 3 was found, not known durable, written again; 4 was torn, 5 was dropped with it; then came others as 4 and 5.
    disk.put(name_of_segment(1), segment_of({{1, 0, 1}, {2, 1, 2}, {3, 2, 3}, {4, 2, 94}, {5, 2, 95}}));
    disk.rot(name_of_segment(1), frame_at(4) + in_header);
    disk.put(name_of_segment(3), segment_of({{3, 2, 3}, {4, 3, 4}, {5, 4, 5}}));
    const reading seen = read_all(disk);
    CHECK(seen.ids == ids{{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}});
    CHECK(seen.found.gaps.empty());
    CHECK(seen.found.torn_bytes == 0);
}

TEST_CASE("a missing segment is a gap", "[journal]") {
    memory_disk disk(1);
    disk.put(name_of_segment(1), segment_of({{1, 0, 1}, {2, 1, 2}}));
    disk.put(name_of_segment(6), segment_of({{6, 5, 6}}));
    const reading seen = read_all(disk);
    CHECK(seen.ids == ids{{1, 1}, {2, 2}, {6, 6}});
    REQUIRE(seen.found.gaps.size() == 1);
    CHECK(seen.found.gaps[0].first == 3);
    CHECK(seen.found.gaps[0].last == 5);
}

TEST_CASE("segments before the wanted frame may be absent; frames from it on may not", "[journal]") {
    memory_disk disk(1);
    disk.put(name_of_segment(6), segment_of({{6, 5, 6}, {7, 6, 7}}));
    CHECK(read_all(disk, 7).found.gaps.empty());
    CHECK(read_all(disk, 6).found.gaps.empty());
    CHECK(read_all(disk, 0).found.gaps.empty());
    const reading seen = read_all(disk, 4);
    REQUIRE(seen.found.gaps.size() == 1);
    CHECK(seen.found.gaps[0].first == 4);
    CHECK(seen.found.gaps[0].last == 5);
}

TEST_CASE("damage before the wanted frame does not matter any more", "[journal]") {
    memory_disk disk(1);
    disk.put(name_of_segment(1), synced_one_by_one());
    disk.rot(name_of_segment(1), frame_at(2) + in_header);
    CHECK(read_all(disk, 3).found.gaps.empty());
    CHECK(read_all(disk, 3).found.frames == 4);
}

TEST_CASE("numbers never go back below the checkpoint, even if the journal is gone", "[journal]") {
    memory_disk disk(1);
    CHECK(read_all(disk, 100).found.last == 99);
    disk.put(name_of_segment(6), segment_of({{6, 5, 6}}));
    CHECK(read_all(disk, 100).found.last == 99);
}

TEST_CASE("a frame of a newer format is refused, and nothing is changed", "[journal]") {
    memory_disk disk(1);
    bytes segment = synced_one_by_one();
    const auto at = static_cast<std::size_t>(frame_at(4));
    segment[at + 4] = std::byte{journal::format_version + 1};
    const std::uint32_t crc = journal::crc32c(journal::bytes_view(segment).subspan(at, 36));
    for (std::size_t i = 0; i < 4; ++i) segment[at + 36 + i] = static_cast<std::byte>(crc >> (8 * i));
    disk.put(name_of_segment(1), segment);
    CHECK(read_all(disk).failure.find("newer format") != std::string::npos);
    CHECK_FALSE(journal::writer::open(disk, bench::small_limits(), journal::recovered{3, 3, 0, {}}));
    CHECK(disk.content(name_of_segment(1)) == segment);
    CHECK(disk.list().value() == std::vector<std::string>{name_of_segment(1)});
}

TEST_CASE("a frame inside a payload is not taken for one, nor one whose number does not fit", "[journal]") {
    memory_disk disk(1);
    bytes inner;
    journal::append_frame(inner, frame_kind::batch, 3, 2, payload_of(93));
    bytes segment;
    journal::append_frame(segment, frame_kind::batch, 1, 0, payload_of(1));
    const std::size_t second = segment.size();
    journal::append_frame(segment, frame_kind::batch, 2, 1, inner);
    SECTION("its frame has a bad payload") {
        segment[second + 40 + 71] ^= std::byte{1};
        disk.put(name_of_segment(1), segment);
        CHECK(read_all(disk).ids == ids{{1, 1}});
        CHECK(read_all(disk).found.gaps.empty());
    }
    SECTION("a number that is far too large") {
        segment.resize(second);
        segment.resize(second + 80);
        journal::append_frame(segment, frame_kind::batch, 1'000'000, 999'999, payload_of(5));
        disk.put(name_of_segment(1), segment);
        CHECK(read_all(disk).found.gaps.empty());
        CHECK(read_all(disk).found.last == 1);
    }
}

TEST_CASE("a segment that is too short, or whose end is cut off, is read as far as it goes", "[journal]") {
    memory_disk disk(1);
    bytes segment = synced_one_by_one();
    segment.resize(GENERATE(std::size_t{0}, std::size_t{1}, std::size_t{39}, std::size_t{40}, std::size_t{71},
                            std::size_t{72}, std::size_t{200}));
    const std::uint64_t frames = segment.size() / told_frame_bytes;
    disk.put(name_of_segment(1), segment);
    const reading seen = read_all(disk);
    CHECK(seen.failure.empty());
    CHECK(seen.found.last == frames);
    CHECK(seen.found.gaps.empty());
}

TEST_CASE("a visitor can stop, and progress reaches the end", "[journal]") {
    memory_disk disk(1);
    disk.put(name_of_segment(1), segment_of({{1, 0, 1}, {2, 1, 2}}));
    disk.put(name_of_segment(3), segment_of({{3, 2, 3}}));
    std::uint64_t visited = 0;
    const auto stop = [&](const journal::frame_header&, journal::bytes_view) {
        return ++visited == 2 ? journal::visit_outcome::stop : journal::visit_outcome::go_on;
    };
    CHECK(journal::read_journal(disk, 1, stop, nullptr).value().last == 2);
    CHECK(visited == 2);
    std::uint64_t last_done = 0;
    std::uint64_t last_total = 0;
    const auto go_on = [](const journal::frame_header&, journal::bytes_view) { return journal::visit_outcome::go_on; };
    const auto told = [&](std::uint64_t done, std::uint64_t total) {
        CHECK(done >= last_done);
        last_done = done;
        last_total = total;
    };
    REQUIRE(journal::read_journal(disk, 1, go_on, told));
    CHECK(last_done == 2048);
    CHECK(last_total == 2048);
}

TEST_CASE("frames larger than a piece are read, also across its border", "[journal]") {
    memory_disk disk(1);
    bytes segment;
    for (std::uint64_t number = 1; number <= 5; ++number) {
        journal::append_frame(segment, frame_kind::batch, number, number - 1, payload_of(number, 700'001 * number));
    }
    disk.put(name_of_segment(1), segment);
    SECTION("whole") {
        CHECK(read_all(disk).ids == ids{{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}});
    }
    SECTION("with damage in a header") {
        disk.rot(name_of_segment(1), journal::frame_bytes(700'001) + in_header);
        CHECK(read_all(disk).ids == ids{{1, 1}, {3, 3}, {4, 4}, {5, 5}});
    }
}

TEST_CASE("other files in the folder are left alone", "[journal]") {
    memory_disk disk(1);
    for (const char* name : {"journal-1.seg", "journal-00000000000000000000.seg", "journal-0000000000000000000x.seg",
                             "journal-99999999999999999999.seg", "journal-18446744073709551615.seg", "lock"}) {
        disk.put(name, segment_of({{9, 8, 9}}));
    }
    CHECK(read_all(disk).found.last == 0);
}
