// The journal's interface to files on a real disk. tests/support/memory_disk.hpp stands in for it elsewhere, so both
// are held to the same sentences.
#include "streamstats/disk/posix_files.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>

#include "streamstats/journal/journal.hpp"
#include "support/catch.hpp"
#include "support/memory_disk.hpp"
#include "support/temporary_directory.hpp"

using namespace streamstats;
using journal::file_trouble;
using bytes = std::vector<std::byte>;

namespace {

// A file system of 64 KiB in it, if this user may mount.
class small_mount {
public:
    explicit small_mount(std::filesystem::path where) : where_(std::move(where)) {
        mounted_ = ::mount("none", where_.c_str(), "tmpfs", 0, "size=64k") == 0;
    }
    ~small_mount() {
        if (mounted_) ::umount(where_.c_str());
    }
    small_mount(const small_mount&) = delete;
    small_mount& operator=(const small_mount&) = delete;
    [[nodiscard]] bool is_there() const { return mounted_; }

private:
    std::filesystem::path where_;
    bool mounted_ = false;
};

// No file grows beyond this while it lives.
class file_size_limit {
public:
    explicit file_size_limit(rlim_t limit) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        before_handler_ = std::signal(SIGXFSZ, SIG_IGN);
        const rlimit now{limit, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &now);
    }
    ~file_size_limit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, before_handler_);
    }
    file_size_limit(const file_size_limit&) = delete;
    file_size_limit& operator=(const file_size_limit&) = delete;

private:
    rlimit before_{};
    void (*before_handler_)(int) = SIG_DFL;
};

std::unique_ptr<journal::file_system> open(const std::filesystem::path& path) {
    auto opened = disk::open_folder(path);
    REQUIRE(opened);
    return std::move(opened.value());
}

bytes bytes_of(std::string_view text) {
    const auto* const begin = reinterpret_cast<const std::byte*>(text.data());
    return {begin, begin + text.size()};
}

bytes read(journal::file& from, std::uint64_t offset, std::size_t length) {
    bytes into(length);
    const auto count = from.read(offset, into);
    REQUIRE(count);
    into.resize(count.value());
    return into;
}

void check_contract(journal::file_system& files) {
    SECTION("a new file is zeros, of the size that was asked for") {
        const auto file = files.create("a", 5000);
        REQUIRE(file);
        CHECK(file.value()->size().value() == 5000);
        CHECK(read(*file.value(), 0, 6000) == bytes(5000));
    }
    SECTION("what is written is read back, inside and right behind what is there") {
        const auto file = files.create("a", 4);
        REQUIRE_FALSE(file.value()->write(2, bytes_of("hello")));
        REQUIRE_FALSE(file.value()->sync());
        CHECK(file.value()->size().value() == 7);
        const auto again = files.open("a");
        CHECK(read(*again.value(), 1, 3) == bytes_of(std::string_view("\0he", 3)));
        CHECK(read(*again.value(), 7, 3).empty());
        CHECK(read(*again.value(), 100, 3).empty());
    }
    SECTION("an existing file is not created again, and not changed by the attempt") {
        REQUIRE_FALSE(files.create("a", 0).value()->write(0, bytes_of("x")));
        const auto again = files.create("a", 10);
        REQUIRE_FALSE(again);
        CHECK(again.error().trouble == file_trouble::failed);
        CHECK(files.open("a").value()->size().value() == 1);
    }
    SECTION("what is not there is said to be not there") {
        CHECK(files.open("a").error().trouble == file_trouble::not_found);
        CHECK(files.remove("a")->trouble == file_trouble::not_found);
        CHECK(files.rename("a", "b")->trouble == file_trouble::not_found);
    }
    SECTION("names are listed in order, and a rename replaces") {
        for (const char* name : {"c", "a", "b"}) REQUIRE(files.create(name, 0));
        REQUIRE_FALSE(files.open("c").value()->write(0, bytes_of("from c")));
        CHECK(files.list().value() == std::vector<std::string>{"a", "b", "c"});
        REQUIRE_FALSE(files.rename("c", "a"));
        REQUIRE_FALSE(files.remove("b"));
        REQUIRE_FALSE(files.sync_directory());
        CHECK(files.list().value() == std::vector<std::string>{"a"});
        CHECK(read(*files.open("a").value(), 0, 10) == bytes_of("from c"));
    }
    SECTION("an open file lives on when its name is gone") {
        const auto file = files.create("a", 0);
        REQUIRE_FALSE(files.remove("a"));
        CHECK_FALSE(file.value()->write(0, bytes_of("x")));
        CHECK(files.list().value().empty());
    }
    SECTION("a file is in use for as long as somebody has it open") {
        CHECK_FALSE(files.in_use("a"));
        REQUIRE(files.create("a", 10));
        CHECK_FALSE(files.in_use("a"));
        {
            const auto reader = files.open("a");
            CHECK(files.in_use("a"));
        }
        CHECK_FALSE(files.in_use("a"));
    }
    SECTION("a large file that somebody reads stays whole when it is replaced") {
        constexpr std::size_t large = std::size_t{20} << 20;
        REQUIRE_FALSE(files.create("a", large).value()->write(large - 1, bytes_of("x")));
        const auto reader = files.open("a");
        REQUIRE(files.create("b", 0));
        REQUIRE_FALSE(files.rename("b", "a"));
        CHECK(read(*reader.value(), large - 1, 2) == bytes_of("x"));
        CHECK(files.open("a").value()->size().value() == 0);
    }
}

// Appends until there is no room, takes some away, goes on, reads all back.
void check_full_disk(journal::file_system& files) {
    journal::writer_limits limits;
    limits.segment_bytes = 16384;
    limits.room_retry = std::chrono::milliseconds{0};
    auto opened = journal::writer::open(files, limits, {});
    REQUIRE(opened);
    auto writer = std::move(opened.value());
    const auto append = [&] {
        std::promise<journal::append_outcome> outcome;
        writer->append(journal::frame_kind::batch, bytes(1000),
                       [&](journal::append_outcome o, journal::lsn) { outcome.set_value(o); });
        return outcome.get_future().get();
    };
    std::uint64_t taken = 0;
    while (append() == journal::append_outcome::durable) ++taken;
    CHECK(writer->status().no_room);
    CHECK_FALSE(writer->status().failed);
    REQUIRE(taken > 20);
    REQUIRE_FALSE(files.remove("ballast"));
    CHECK(append() == journal::append_outcome::durable);
    writer.reset();
    std::uint64_t seen = 0;
    const auto count = [&](const journal::frame_header&, journal::bytes_view) {
        ++seen;
        return journal::visit_outcome::go_on;
    };
    REQUIRE(journal::read_journal(files, 1, count, nullptr));
    CHECK(seen == taken + 1);
}

// Whether this process has the file open for writes that pass by the page cache (proc(5), fdinfo).
bool bypasses_cache(const std::filesystem::path& path) {
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code gone;
        if (std::filesystem::read_symlink(entry, gone) != path) continue;
        std::ifstream facts("/proc/self/fdinfo/" + entry.path().filename().string());
        for (std::string name; facts >> name;) {
            if (name != "flags:") continue;
            unsigned flags = 0;
            facts >> std::oct >> flags;
            return (flags & static_cast<unsigned>(O_DIRECT)) != 0;
        }
    }
    return false;
}

// In memory that begins with a block.
class blocks {
public:
    static constexpr std::size_t block = 4096;
    blocks(std::size_t count, char fill) : size_(count * block), memory_(size_ + block, std::byte(fill)) {}
    [[nodiscard]] journal::bytes_view view() const {
        const auto beyond = reinterpret_cast<std::uintptr_t>(memory_.data()) % block;
        return journal::bytes_view(memory_).subspan((block - beyond) % block, size_);
    }

private:
    std::size_t size_;
    bytes memory_;
};

}  // namespace

TEST_CASE("a folder of a real disk keeps the contract of the journal's files", "[disk]") {
    const testing::temporary_directory folder;
    check_contract(*open(folder.path()));
}

TEST_CASE("the simulated disk keeps the contract of the journal's files", "[disk]") {
    testing::memory_disk disk(1);
    check_contract(disk);
}

TEST_CASE("the folder is created, and it and its files are for their owner only", "[disk]") {
    const testing::temporary_directory folder;
    const auto path = folder.path() / "journal";
    const auto files = open(path);
    REQUIRE(files->create("a", 0));
    struct stat facts {};
    REQUIRE(::stat(path.c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0700);
    REQUIRE(::stat((path / "a").c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0600);
    CHECK(files->description() == path.string());
}

TEST_CASE("a folder that cannot be had is a failure that names it", "[disk]") {
    const testing::temporary_directory folder;
    std::ofstream(folder.path() / "file") << "x";
    for (const auto& path : {folder.path() / "file", folder.path() / "missing" / "deeper"}) {
        const auto opened = disk::open_folder(path);
        REQUIRE_FALSE(opened);
        CHECK(opened.error().what.find(path.string()) != std::string::npos);
    }
}

TEST_CASE("a file with a second name is in use: it may be somebody's backup", "[disk]") {
    const testing::temporary_directory folder;
    const auto files = open(folder.path());
    REQUIRE(files->create("a", 10));
    std::filesystem::create_hard_link(folder.path() / "a", folder.path() / "backup");
    CHECK(files->in_use("a"));
}

TEST_CASE("the room of a new file is really taken", "[disk]") {
    const testing::temporary_directory folder;
    REQUIRE(open(folder.path())->create("a", 1 << 20));
    struct stat facts {};
    REQUIRE(::stat((folder.path() / "a").c_str(), &facts) == 0);
    CHECK(facts.st_blocks * 512 >= 1 << 20);
}

TEST_CASE("the folder stays the same one when its path is moved", "[disk]") {
    const testing::temporary_directory folder;
    const auto files = open(folder.path() / "one");
    std::filesystem::rename(folder.path() / "one", folder.path() / "two");
    REQUIRE(files->create("a", 0));
    CHECK(std::filesystem::exists(folder.path() / "two" / "a"));
}

TEST_CASE("a file that cannot have its room is not left behind", "[disk]") {
    const testing::temporary_directory folder;
    const auto files = open(folder.path());
    const file_size_limit limit(4096);
    CHECK_FALSE(files->create("a", 8192));
    CHECK(files->list().value().empty());
    const auto file = files->create("b", 4096);
    REQUIRE(file);
    CHECK(file.value()->write(4000, bytes(200)));
}

TEST_CASE("on a full disk there is no room, nothing is left behind, and the journal goes on by itself", "[disk]") {
    const testing::temporary_directory folder;
    const small_mount mount(folder.path());
    if (!mount.is_there()) {
        WARN("this user may not mount: the full disk is tried in memory only");
        return;
    }
    const auto files = open(folder.path());
    REQUIRE(files->create("ballast", 16384));
    const auto refused = files->create("a", 65536);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().trouble == file_trouble::no_room);
    CHECK_FALSE(refused.error().hint.empty());
    CHECK(files->list().value() == std::vector<std::string>{"ballast"});
    check_full_disk(*files);
}

TEST_CASE("whole blocks pass by the page cache on their way into a file that was there before", "[disk]") {
    const testing::temporary_directory folder;
    const auto files = open(folder.path());
    const auto path = std::filesystem::canonical(folder.path()) / "a";
    const blocks as(3, 'a');
    const blocks bs(1, 'b');
    {
        const auto fresh = files->create("a", 4 * blocks::block);
        REQUIRE_FALSE(fresh.value()->write(0, as.view()));
        CHECK_FALSE(bypasses_cache(path));
        REQUIRE_FALSE(fresh.value()->sync());
    }
    const auto used = files->open("a");
    REQUIRE_FALSE(used.value()->write(blocks::block, bs.view()));
    if (!bypasses_cache(path)) WARN("this file system knows no writes past the page cache");
    REQUIRE_FALSE(used.value()->sync());
    const bytes four(4, std::byte{'c'});
    REQUIRE_FALSE(used.value()->write(2 * blocks::block + 2, four));
    CHECK_FALSE(bypasses_cache(path));
    REQUIRE_FALSE(used.value()->write(2 * blocks::block, journal::bytes_view(bs.view()).first(4)));
    REQUIRE_FALSE(used.value()->write(3 * blocks::block, bs.view()));
    const std::string expected = std::string(blocks::block, 'a') + std::string(blocks::block, 'b') + "bbbbcc" +
                                 std::string(blocks::block - 6, 'a') + std::string(blocks::block, 'b');
    const bytes content = read(*used.value(), 0, 5 * blocks::block);
    REQUIRE(content.size() == expected.size());
    CHECK(std::equal(content.begin(), content.end(), reinterpret_cast<const std::byte*>(expected.data())));
}

TEST_CASE("a journal whose segments are used again is read back from a real disk", "[disk]") {
    constexpr std::uint64_t frames = 300;
    constexpr std::uint64_t kept_from = 251;
    const testing::temporary_directory folder;
    const auto files = open(folder.path());
    journal::writer_limits limits;
    limits.segment_bytes = 8 * blocks::block;
    {
        const auto writer = journal::writer::open(*files, limits, {});
        REQUIRE(writer);
        for (std::uint64_t i = 1; i <= frames; ++i) {
            std::promise<void> answered;
            writer.value()->append(journal::frame_kind::batch, bytes(900 + i, std::byte(i)),
                                   [&](journal::append_outcome, journal::lsn) { answered.set_value(); });
            answered.get_future().wait();
            if (i % 50 == 0 && i < kept_from) writer.value()->trim(i);
        }
        const auto names = files->list().value();
        const auto is_used_again = [&](const std::string& name) {
            return name.ends_with(".seg") && bypasses_cache(std::filesystem::canonical(folder.path()) / name);
        };
        if (std::ranges::none_of(names, is_used_again)) WARN("no segment is written past the page cache here");
    }
    std::uint64_t seen = kept_from - 1;
    const auto look = [&](const journal::frame_header& header, journal::bytes_view payload) {
        CHECK(header.number == ++seen);
        CHECK(payload.size() == 900 + seen);
        CHECK(std::ranges::count(payload, std::byte(seen)) == static_cast<std::ptrdiff_t>(payload.size()));
        return journal::visit_outcome::go_on;
    };
    const auto found = journal::read_journal(*files, kept_from, look, nullptr);
    REQUIRE(found);
    CHECK(found.value().gaps.empty());
    CHECK(found.value().torn_bytes == 0);
    CHECK(seen == frames);
}

TEST_CASE("a journal on a real disk is read back after the writer is gone", "[disk]") {
    const testing::temporary_directory folder;
    const auto files = open(folder.path());
    for (std::uint64_t run = 0; run < 3; ++run) {
        std::uint64_t seen = 0;
        const auto count = [&](const journal::frame_header& header, journal::bytes_view payload) {
            CHECK(header.number == ++seen);
            CHECK(payload.size() == 900);
            return journal::visit_outcome::go_on;
        };
        const auto found = journal::read_journal(*files, 1, count, nullptr);
        REQUIRE(found);
        REQUIRE(seen == run * 100);
        journal::writer_limits limits;
        limits.segment_bytes = 65536;
        const auto writer = journal::writer::open(*files, limits, found.value());
        REQUIRE(writer);
        for (std::uint64_t i = 1; i <= 100; ++i) {
            writer.value()->append(journal::frame_kind::batch, bytes(900), nullptr);
        }
    }
}
