#include "streamstats/disk/posix_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include "disk/descriptor.hpp"

namespace streamstats::disk {
namespace {

using journal::bytes_view;
using journal::file;
using journal::file_failure;
using journal::file_trouble;

constexpr mode_t file_mode = 0600;
constexpr mode_t folder_mode = 0700;

file_trouble trouble_of(int error) {
    switch (error) {
        case ENOSPC:
        case EDQUOT:
            return file_trouble::no_room;
        case ENOENT:
            return file_trouble::not_found;
        default:
            return file_trouble::failed;
    }
}

const char* hint_for(int error) {
    switch (error) {
        case ENOSPC:
        case EDQUOT:
            return "make room on the disk, or raise the quota";
        case EACCES:
        case EPERM:
        case EROFS:
            return "check the owner and the mount of the data directory";
        case EIO:
            return "the disk reports errors: look at the kernel's log and replace it";
        case EMFILE:
        case ENFILE:
            return "raise the limit of open files";
        default:
            return "";
    }
}

file_failure failure_of(const std::string& attempt, const std::string& name, int error) {
    file_failure trouble;
    trouble.what = "cannot " + attempt + " " + name + ": " + std::generic_category().message(error);
    trouble.hint = hint_for(error);
    trouble.trouble = trouble_of(error);
    return trouble;
}

// Calls again what a signal has interrupted.
template <class Call>
auto uninterrupted(Call call) {
    auto answer = call();
    while (answer < 0 && errno == EINTR) answer = call();
    return answer;
}

// What was written in one go is dropped from the memory of the operating system in pieces of about this size.
constexpr std::uint64_t dropped_at_once = std::uint64_t{1} << 20;

// A file system that frees hundreds of megabytes at a stroke lets nobody else write in the meantime (ext4: tens of
// milliseconds in which the journal cannot sync). So a file that has lost its name is freed a piece at a time, unless
// somebody else has it open; to show that, all files opened here carry a lock that is shared.
constexpr off_t given_back_at_once = off_t{8} << 20;

void say_it_is_open(const descriptor& opened) {
    ::flock(opened.get(), LOCK_SH | LOCK_NB);  // where there are no locks, nobody can tell
}

// Whole blocks may pass by the page cache on their way into a file that was there before: at 96 KB a write and its sync
// take two thirds of the time of a processor then. Where room was only taken, a file system has to note each time that
// there are data now; so that pays for large pieces only (ext4, 24 KB: 66 instead of 46 us, 256 KB: 44 instead of 62).
constexpr std::uint64_t block_bytes = 4096;  // as large as those of most disks; where they are larger, EINVAL shows it
constexpr std::size_t large_piece = std::size_t{128} << 10;

bool is_in_blocks(std::uint64_t offset, bytes_view data) {
    return offset % block_bytes == 0 && data.size() % block_bytes == 0 &&
           reinterpret_cast<std::uintptr_t>(data.data()) % block_bytes == 0;
}

class posix_file final : public file {
public:
    enum class room : std::uint8_t { just_taken, used_before };

    posix_file(descriptor opened, std::string name, room what)
        : descriptor_(std::move(opened)),
          name_(std::move(name)),
          direct_from_(what == room::used_before ? 0 : large_piece) {
        say_it_is_open(descriptor_);
    }

    std::optional<file_failure> write(std::uint64_t offset, bytes_view data) override;
    std::optional<file_failure> sync() override;
    result<std::size_t, file_failure> read(std::uint64_t offset, std::span<std::byte> into) override;
    result<std::uint64_t, file_failure> size() override;

private:
    void bypass_cache(bool wanted);
    void drop_synced();

    descriptor descriptor_;
    std::string name_;
    std::size_t direct_from_;    // pieces of so many bytes
    bool can_be_direct_ = true;  // as far as is known
    bool direct_ = false;        // past the page cache: in whole blocks only
    std::uint64_t newest_ = 0;   // where the newest write into the page cache begins
    std::uint64_t dropped_ = 0;  // up to here
};

std::optional<file_failure> posix_file::write(std::uint64_t offset, bytes_view data) {
    while (!data.empty()) {
        bypass_cache(can_be_direct_ && data.size() >= direct_from_ && is_in_blocks(offset, data));
        if (!direct_) newest_ = std::max(newest_, offset);
        const ssize_t count = uninterrupted(
            [&] { return ::pwrite(descriptor_.get(), data.data(), data.size(), static_cast<off_t>(offset)); });
        if (count < 0 && errno == EINVAL && direct_) {  // it wants other blocks
            can_be_direct_ = false;
            continue;
        }
        if (count <= 0) return failure_of("write", name_, count < 0 ? errno : EIO);
        data = data.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
    return std::nullopt;
}

// Not every file system can.
void posix_file::bypass_cache(bool wanted) {
    if (wanted == direct_) return;
    const int flags = ::fcntl(descriptor_.get(), F_GETFL);
    const bool changed =
        flags >= 0 && ::fcntl(descriptor_.get(), F_SETFL, wanted ? flags | O_DIRECT : flags & ~O_DIRECT) == 0;
    direct_ = wanted && changed;
    if (!changed) can_be_direct_ = false;
}

// Not called again after an interruption: a sync is never tried twice.
std::optional<file_failure> posix_file::sync() {
    if (::fdatasync(descriptor_.get()) != 0) return failure_of("sync", name_, errno);
    drop_synced();
    return std::nullopt;
}

// Nobody reads a journal before the next start. Pages that are given back at once are taken again for what is written
// next, and the memory of the machine is left to those who read, such as a database beside us. The newest write stays:
// its last page may be gone on with, and would have to be read for that.
void posix_file::drop_synced() {
    if (newest_ < dropped_ + dropped_at_once) return;
    // A hint: where it is not taken, pages stay until somebody needs them.
    ::posix_fadvise(descriptor_.get(), static_cast<off_t>(dropped_), static_cast<off_t>(newest_ - dropped_),
                    POSIX_FADV_DONTNEED);
    dropped_ = newest_;
}

result<std::size_t, file_failure> posix_file::read(std::uint64_t offset, std::span<std::byte> into) {
    std::size_t done = 0;
    bypass_cache(false);
    while (done < into.size()) {
        const ssize_t count = uninterrupted([&] {
            return ::pread(descriptor_.get(), &into[done], into.size() - done, static_cast<off_t>(offset + done));
        });
        if (count < 0) return failure_of("read", name_, errno);
        if (count == 0) break;
        done += static_cast<std::size_t>(count);
    }
    return done;
}

result<std::uint64_t, file_failure> posix_file::size() {
    struct stat facts {};
    if (::fstat(descriptor_.get(), &facts) != 0) return failure_of("look at", name_, errno);
    return static_cast<std::uint64_t>(facts.st_size);
}

class posix_folder final : public journal::file_system {
public:
    posix_folder(descriptor folder, std::string path) : folder_(std::move(folder)), path_(std::move(path)) {}

    result<std::vector<std::string>, file_failure> list() override;
    result<std::unique_ptr<file>, file_failure> create(const std::string& name, std::uint64_t bytes) override;
    result<std::unique_ptr<file>, file_failure> open(const std::string& name) override;
    std::optional<file_failure> remove(const std::string& name) override;
    std::optional<file_failure> rename(const std::string& from, const std::string& to) override;
    bool in_use(const std::string& name) override;
    std::optional<file_failure> sync_directory() override;
    [[nodiscard]] std::string description() const override { return path_; }

private:
    [[nodiscard]] std::string full(const std::string& name) const { return path_ + "/" + name; }
    // Holds on to a file that is about to lose its name.
    [[nodiscard]] descriptor hold(const std::string& name) const {
        return descriptor(::openat(folder_.get(), name.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    }
    void give_back_room(const descriptor& nameless) const;

    descriptor folder_;
    std::string path_;
};

// Opened anew each time: a directory that is read has one position for all its descriptors.
result<std::vector<std::string>, file_failure> posix_folder::list() {
    descriptor fresh(::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    DIR* const entries = fresh.is_open() ? ::fdopendir(fresh.get()) : nullptr;
    if (entries == nullptr) return failure_of("list", path_, errno);
    fresh.release();  // closed with `entries`
    std::vector<std::string> names;
    errno = 0;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this call's own
    while (const dirent* const entry = ::readdir(entries)) {
        const std::string name = static_cast<const char*>(entry->d_name);
        if (name != "." && name != "..") names.push_back(name);
        errno = 0;
    }
    const int error = errno;
    ::closedir(entries);
    if (error != 0) return failure_of("list", path_, error);
    std::sort(names.begin(), names.end());
    return names;
}

result<std::unique_ptr<file>, file_failure> posix_folder::create(const std::string& name, std::uint64_t bytes) {
    descriptor fresh(uninterrupted(
        [&] { return ::openat(folder_.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, file_mode); }));
    if (!fresh.is_open()) return failure_of("create", full(name), errno);
    int error = 0;
    do {
        error = bytes == 0 ? 0 : ::posix_fallocate(fresh.get(), 0, static_cast<off_t>(bytes));
    } while (error == EINTR);
    if (error != 0) {
        ::unlinkat(folder_.get(), name.c_str(), 0);
        return failure_of("take room for", full(name), error);
    }
    return std::unique_ptr<file>(
        std::make_unique<posix_file>(std::move(fresh), full(name), posix_file::room::just_taken));
}

// A folder that can only be read can still be dumped and verified.
result<std::unique_ptr<file>, file_failure> posix_folder::open(const std::string& name) {
    const auto open_for = [&](int access) {
        return uninterrupted([&] { return ::openat(folder_.get(), name.c_str(), access | O_CLOEXEC); });
    };
    int opened = open_for(O_RDWR);
    if (opened < 0 && (errno == EACCES || errno == EROFS)) opened = open_for(O_RDONLY);
    if (opened < 0) return failure_of("open", full(name), errno);
    return std::unique_ptr<file>(
        std::make_unique<posix_file>(descriptor(opened), full(name), posix_file::room::used_before));
}

std::optional<file_failure> posix_folder::remove(const std::string& name) {
    const descriptor held = hold(name);
    if (::unlinkat(folder_.get(), name.c_str(), 0) != 0) return failure_of("remove", full(name), errno);
    give_back_room(held);
    return std::nullopt;
}

std::optional<file_failure> posix_folder::rename(const std::string& from, const std::string& to) {
    const descriptor replaced = hold(to);
    if (::renameat(folder_.get(), from.c_str(), folder_.get(), to.c_str()) != 0) {
        return failure_of("rename to " + to, full(from), errno);
    }
    give_back_room(replaced);
    return std::nullopt;
}

// A second name may be somebody's backup.
bool posix_folder::in_use(const std::string& name) {
    const descriptor opened = hold(name);
    if (!opened.is_open()) return errno != ENOENT;
    struct stat facts {};
    if (::fstat(opened.get(), &facts) != 0 || facts.st_nlink > 1) return true;
    return ::flock(opened.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

// What it holds is touched only when it is certain that it has no name any more, whatever happens. That is found out
// beside the folder's own descriptor: a failure is for sync_directory() to tell.
void posix_folder::give_back_room(const descriptor& nameless) const {
    struct stat facts {};
    if (!nameless.is_open() || ::fstat(nameless.get(), &facts) != 0 || facts.st_nlink > 0) return;
    if (facts.st_size <= given_back_at_once || ::flock(nameless.get(), LOCK_EX | LOCK_NB) != 0) return;
    const descriptor beside(::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!beside.is_open() || ::fsync(beside.get()) != 0) return;
    while (facts.st_size > given_back_at_once) {
        facts.st_size -= given_back_at_once;
        if (::ftruncate(nameless.get(), facts.st_size) != 0) return;  // closing it does the same
    }
}

std::optional<file_failure> posix_folder::sync_directory() {
    if (::fsync(folder_.get()) != 0) return failure_of("sync", path_, errno);
    return std::nullopt;
}

// The entry of a new folder in its parent has to last as well.
std::optional<file_failure> create_folder(const std::filesystem::path& path) {
    if (::mkdir(path.c_str(), folder_mode) != 0) {
        return errno == EEXIST ? std::nullopt : std::optional(failure_of("create", path.string(), errno));
    }
    const std::filesystem::path parent = path.has_parent_path() ? path.parent_path() : ".";
    const descriptor above(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!above.is_open() || ::fsync(above.get()) != 0) return failure_of("sync", parent.string(), errno);
    return std::nullopt;
}

}  // namespace

result<std::unique_ptr<journal::file_system>, file_failure> open_folder(const std::filesystem::path& path) {
    if (auto trouble = create_folder(path)) return std::move(*trouble);
    descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.is_open()) return failure_of("open", path.string(), errno);
    return std::unique_ptr<journal::file_system>(std::make_unique<posix_folder>(std::move(folder), path.string()));
}

}  // namespace streamstats::disk
