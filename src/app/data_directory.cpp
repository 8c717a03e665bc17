#include "data_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

namespace streamstats::app {
namespace {

constexpr std::string_view secret_name = "secret";
constexpr mode_t owner_only = 0600;

std::string error_text(int error) {
    return std::generic_category().message(error);
}

// A descriptor that is closed at the end of its scope.
class file {
public:
    file(const std::filesystem::path& path, int flags)
        : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, owner_only)) {}
    ~file() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    file(const file&) = delete;
    file& operator=(const file&) = delete;

    [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
    [[nodiscard]] int get() const { return descriptor_; }
    int release() { return std::exchange(descriptor_, -1); }

private:
    int descriptor_;
};

std::string holder_of(const std::filesystem::path& lock_path) {
    std::ifstream in(lock_path);
    std::string process;
    std::getline(in, process);
    return process.empty() ? "" : " (process " + process + ")";
}

bool write_text(int descriptor, const std::string& text) {
    return ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

failure cannot(const std::string& what, const std::filesystem::path& path) {
    const int error = errno;
    return {"cannot " + what + " " + path.string() + ": " + error_text(error),
            "check STREAM_DATA_DIR, its owner and the free space"};
}

std::optional<failure> replace_file(const std::filesystem::path& path, const std::string& text) {
    const std::filesystem::path fresh = path.string() + ".tmp";
    {
        const file out(fresh, O_WRONLY | O_CREAT | O_TRUNC);
        if (!out.is_open() || !write_text(out.get(), text) || ::fsync(out.get()) != 0) return cannot("write", fresh);
    }
    if (::rename(fresh.c_str(), path.c_str()) != 0) return cannot("rename to", path);
    const file directory(path.parent_path(), O_RDONLY | O_DIRECTORY);
    if (!directory.is_open() || ::fsync(directory.get()) != 0) return cannot("sync the directory of", path);
    return std::nullopt;
}

result<std::string> random_hex() {
    std::array<std::uint8_t, identity_secret::bytes> random{};
    if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
        return failure{"cannot get random bytes: " + error_text(errno), ""};
    }
    return identity_secret(random).to_hex();
}

}  // namespace

result<data_directory> data_directory::lock(const std::filesystem::path& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) return failure{"cannot create " + path.string() + ": " + error.message(), "check STREAM_DATA_DIR"};
    const std::filesystem::path lock_path = path / "lock";
    file lock_file(lock_path, O_RDWR | O_CREAT);
    if (!lock_file.is_open()) return cannot("open", lock_path);
    if (::flock(lock_file.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return cannot("lock", lock_path);
        return failure{"another streamstatsd" + holder_of(lock_path) + " works in " + path.string(),
                       "stop it, or give this one a STREAM_DATA_DIR of its own"};
    }
    // Only the message above reads the number; the lock itself does not depend on it.
    if (::ftruncate(lock_file.get(), 0) != 0 || !write_text(lock_file.get(), std::to_string(::getpid()) + "\n")) {
        return cannot("write", lock_path);
    }
    return data_directory(path, lock_file.release());
}

data_directory::data_directory(data_directory&& other) noexcept
    : path_(std::move(other.path_)), lock_file_(std::exchange(other.lock_file_, -1)) {}

data_directory::~data_directory() {
    if (lock_file_ >= 0) ::close(lock_file_);
}

result<stored_secret> installation_secret(const data_directory& where) {
    const std::filesystem::path path = where.path() / secret_name;
    std::ifstream in(path);
    if (!in && errno != ENOENT) return cannot("read", path);
    if (!in) {
        const auto hex = random_hex();
        if (!hex) return hex.error();
        return keep_secret(where, hex.value());
    }
    std::string hex;
    std::getline(in, hex);
    const auto secret = identity_secret::from_hex(hex);
    if (!secret) {
        return failure{path.string() + " does not hold 64 hexadecimal digits",
                       "restore it from a backup; without it open sessions of earlier runs cannot be recognised"};
    }
    return stored_secret{*secret, false};
}

result<stored_secret> keep_secret(const data_directory& where, const std::string& hex) {
    const auto secret = identity_secret::from_hex(hex);
    if (!secret) return failure{"the secret is not 64 hexadecimal digits", ""};
    if (auto trouble = replace_file(where.path() / secret_name, hex + "\n")) return std::move(*trouble);
    return stored_secret{*secret, true};
}

}  // namespace streamstats::app
