// The checkpoint is in force as a whole or not at all (RELIABILITY 7, fault 22).
#include "journal/bench.hpp"
#include "journal/segment_name.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::testing;
using journal::checkpoint_state;
using journal::frame_kind;

namespace {

constexpr const char* in_force = "checkpoint";
constexpr const char* draft = "checkpoint.tmp";

// Writes one of `count` frames whose ids begin at `first`; true if it was committed.
bool write_checkpoint(journal::file_system& files, std::uint64_t first, std::uint64_t count) {
    const auto writer = journal::checkpoint_writer::begin(files);
    if (!writer) return false;
    for (std::uint64_t id = first; id < first + count; ++id) {
        if (writer.value()->add(frame_kind::checkpoint_sessions, payload_of(id))) return false;
    }
    return !writer.value()->commit();
}

struct seen_checkpoint {
    checkpoint_state state{};
    std::vector<std::uint64_t> ids;
};

seen_checkpoint look(journal::file_system& files) {
    seen_checkpoint seen;
    const auto state = journal::read_checkpoint(files, [&](frame_kind kind, journal::bytes_view payload) {
        CHECK(kind == frame_kind::checkpoint_sessions);
        seen.ids.push_back(id_of(payload));
    });
    REQUIRE(state);
    seen.state = state.value();
    return seen;
}

}  // namespace

TEST_CASE("without a file there is no checkpoint", "[journal]") {
    memory_disk disk(1);
    CHECK(look(disk).state == checkpoint_state::absent);
}

TEST_CASE("a checkpoint is read back as it was written, and replaced by the next one", "[journal]") {
    memory_disk disk(1);
    REQUIRE(write_checkpoint(disk, 1, 3));
    CHECK(look(disk).ids == std::vector<std::uint64_t>{1, 2, 3});
    REQUIRE(write_checkpoint(disk, 11, 0));
    CHECK(look(disk).state == checkpoint_state::whole);
    CHECK(look(disk).ids.empty());
}

TEST_CASE("a committed checkpoint survives a power cut", "[journal]") {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        memory_disk disk(seed);
        REQUIRE(write_checkpoint(disk, 1, 40));
        disk.crash();
        REQUIRE(look(disk).ids.size() == 40);
    }
}

TEST_CASE("failed or cut off at any operation, the old checkpoint or the new one is whole", "[journal]") {
    const disk_fault how = GENERATE(disk_fault::fail, disk_fault::crash);
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        memory_disk disk(seed);
        REQUIRE(write_checkpoint(disk, 1, 40));
        disk.inject(1 + seed % 7, how);
        const bool committed = write_checkpoint(disk, 101, 60);
        disk.crash();
        const seen_checkpoint seen = look(disk);
        REQUIRE(seen.state == checkpoint_state::whole);
        const std::uint64_t first = seen.ids.front();
        REQUIRE(seen.ids.size() == (first == 1 ? 40 : 60));
        if (committed) REQUIRE(first == 101);
    }
}

TEST_CASE("one that is not committed removes its draft, and one that a crash left is removed by the next",
          "[journal]") {
    memory_disk disk(1);
    {
        const auto writer = journal::checkpoint_writer::begin(disk);
        REQUIRE_FALSE(writer.value()->add(frame_kind::checkpoint_sessions, payload_of(1)));
    }
    CHECK(disk.list().value().empty());
    disk.put(draft, payload_of(1, 5000));
    REQUIRE(write_checkpoint(disk, 1, 1));
    CHECK(disk.list().value() == std::vector<std::string>{in_force});
    CHECK(look(disk).ids == std::vector<std::uint64_t>{1});
}

TEST_CASE("a full disk refuses the checkpoint and leaves the old one", "[journal]") {
    memory_disk disk(1);
    REQUIRE(write_checkpoint(disk, 1, 3));
    disk.limit_bytes(1000);
    CHECK_FALSE(write_checkpoint(disk, 11, 40));
    CHECK(disk.list().value() == std::vector<std::string>{in_force});
    CHECK(look(disk).ids.size() == 3);
}

TEST_CASE("a checkpoint with any byte wrong or any part missing is torn, and none of it is used", "[journal]") {
    memory_disk whole(1);
    REQUIRE(write_checkpoint(whole, 1, 3));
    const bytes content = whole.content(in_force);
    for (std::size_t at = 0; at < content.size(); ++at) {
        memory_disk disk(at + 1);
        disk.put(in_force, content);
        disk.rot(in_force, at);
        REQUIRE(look(disk).state == checkpoint_state::torn);
        REQUIRE(look(disk).ids.empty());
        disk.put(in_force, bytes(content.begin(), content.begin() + static_cast<std::ptrdiff_t>(at)));
        REQUIRE(look(disk).state == checkpoint_state::torn);
    }
    bytes longer = content;
    longer.resize(content.size() + 8);
    whole.put(in_force, longer);
    CHECK(look(whole).state == checkpoint_state::torn);
}

TEST_CASE("a checkpoint without one of its frames is torn", "[journal]") {
    memory_disk disk(1);
    REQUIRE(write_checkpoint(disk, 1, 3));
    bytes content = disk.content(in_force);
    const auto begin = content.begin() + static_cast<std::ptrdiff_t>(2 * told_frame_bytes);
    content.erase(begin, begin + static_cast<std::ptrdiff_t>(told_frame_bytes));
    disk.put(in_force, content);
    CHECK(look(disk).state == checkpoint_state::torn);
}

TEST_CASE("a checkpoint of a newer format is refused", "[journal]") {
    memory_disk disk(1);
    REQUIRE(write_checkpoint(disk, 1, 3));
    bytes content = disk.content(in_force);
    content[4] = std::byte{journal::format_version + 1};
    const std::uint32_t crc = journal::crc32c(journal::bytes_view(content).first(36));
    for (std::size_t i = 0; i < 4; ++i) content[36 + i] = static_cast<std::byte>(crc >> (8 * i));
    disk.put(in_force, content);
    CHECK(look(disk).state == checkpoint_state::newer_format);
    CHECK(disk.content(in_force) == content);
}

TEST_CASE("a large checkpoint is synced in pieces and says how large it is", "[journal]") {
    memory_disk disk(1);
    const auto writer = journal::checkpoint_writer::begin(disk);
    for (std::uint64_t id = 1; id <= 10; ++id) {
        REQUIRE_FALSE(writer.value()->add(frame_kind::checkpoint_sessions, payload_of(id, 1 << 20)));
    }
    CHECK(disk.counters().syncs == 2);
    CHECK(writer.value()->bytes() == 10 * journal::frame_bytes(1 << 20));
    REQUIRE_FALSE(writer.value()->commit());
    CHECK(look(disk).ids.size() == 10);
}

TEST_CASE("the end of a checkpoint cannot be added by hand", "[journal]") {
    memory_disk disk(1);
    const auto writer = journal::checkpoint_writer::begin(disk);
    CHECK(writer.value()->add(frame_kind::checkpoint_end, {}));
    CHECK(writer.value()->commit());
    CHECK(look(disk).state == checkpoint_state::absent);
}
