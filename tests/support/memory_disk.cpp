#include "support/memory_disk.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "support/random_source.hpp"

namespace streamstats::testing {
namespace {

using journal::bytes_view;
using journal::file_failure;
using journal::file_trouble;
using bytes = std::vector<std::byte>;

constexpr std::size_t sector_bytes = 512;

file_failure failure_of(file_trouble trouble, std::string what) {
    file_failure failed;
    failed.what = std::move(what);
    failed.trouble = trouble;
    return failed;
}

struct written {
    std::uint64_t offset = 0;
    bytes data;
};

// A file's bytes. Zeros behind the last one that was written take no memory: room is taken in advance by the megabyte.
class image {
public:
    image() = default;
    explicit image(bytes content) : written_(std::move(content)), size_(written_.size()) {}

    [[nodiscard]] std::size_t size() const { return size_; }
    void resize(std::size_t size) {
        size_ = size;
        written_.resize(std::min(size, written_.size()));
    }
    // What lies behind the end is left out.
    void write_over(const written& w) {
        if (w.offset >= size_) return;
        const auto begin = static_cast<std::size_t>(w.offset);
        const std::size_t count = std::min(w.data.size(), size_ - begin);
        if (written_.size() < begin + count) written_.resize(begin + count);
        std::copy_n(w.data.begin(), count, written_.begin() + static_cast<std::ptrdiff_t>(begin));
    }
    std::size_t read(std::size_t begin, std::span<std::byte> into) const {
        if (begin >= size_) return 0;
        const std::size_t count = std::min(into.size(), size_ - begin);
        const std::size_t there = begin < written_.size() ? std::min(count, written_.size() - begin) : 0;
        std::copy_n(written_.begin() + static_cast<std::ptrdiff_t>(std::min(begin, written_.size())), there,
                    into.begin());
        std::fill_n(into.begin() + static_cast<std::ptrdiff_t>(there), count - there, std::byte{0});
        return count;
    }
    void flip(std::size_t at, std::byte bits) {
        if (written_.size() <= at) written_.resize(at + 1);
        written_[at] ^= bits;
    }
    [[nodiscard]] bytes all() const {
        bytes whole(size_);
        read(0, whole);
        return whole;
    }

private:
    bytes written_;
    std::size_t size_ = 0;
};

std::vector<written> sectors_of(const written& w) {
    std::vector<written> pieces;
    for (std::size_t done = 0; done < w.data.size();) {
        const std::uint64_t offset = w.offset + done;
        const std::size_t count = std::min<std::size_t>(sector_bytes - offset % sector_bytes, w.data.size() - done);
        const auto begin = w.data.begin() + static_cast<std::ptrdiff_t>(done);
        pieces.push_back({offset, bytes(begin, begin + static_cast<std::ptrdiff_t>(count))});
        done += count;
    }
    return pieces;
}

struct inode {
    unsigned opened = 0;           // how often
    image now;                     // as reads see it
    image kept;                    // as of the last sync
    std::vector<written> pending;  // since then

    void write(std::uint64_t offset, bytes_view data) {
        const auto end = static_cast<std::size_t>(offset) + data.size();
        if (now.size() < end) now.resize(end);
        pending.push_back({offset, bytes(data.begin(), data.end())});
        now.write_over(pending.back());
    }
    void sync() {
        kept.resize(now.size());
        for (const written& w : pending) kept.write_over(w);
        pending.clear();
    }
    void lose_power(random_source& random);
};

// Of the writes, `affected` percent are dropped, torn between sectors, or come at another time than they were made.
std::vector<written> survivors(const std::vector<written>& pending, random_source& random) {
    const auto affected = static_cast<unsigned>(80 + random.below(21));
    std::vector<std::pair<std::uint64_t, written>> pieces;
    for (std::uint64_t i = 0; i < pending.size(); ++i) {
        const bool untouched = !random.chance(affected);
        const std::uint64_t fate = random.below(3);
        if (!untouched && fate == 0) continue;
        for (written& piece : sectors_of(pending[i])) {
            if (!untouched && fate == 1 && random.chance(50)) continue;
            const std::uint64_t turn = !untouched && fate == 2 ? random.below(pending.size()) : i;
            pieces.emplace_back(turn, std::move(piece));
        }
    }
    std::stable_sort(pieces.begin(), pieces.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<written> surviving;
    surviving.reserve(pieces.size());
    for (auto& [turn, piece] : pieces) surviving.push_back(std::move(piece));
    return surviving;
}

void inode::lose_power(random_source& random) {
    const std::size_t low = std::min(now.size(), kept.size());
    const std::size_t high = std::max(now.size(), kept.size());
    std::size_t size = random.chance(50) ? now.size() : kept.size();
    if (random.chance(30)) size = low + static_cast<std::size_t>(random.below(high - low + 1));
    kept.resize(size);
    for (const written& w : survivors(pending, random)) kept.write_over(w);
    pending.clear();
    now = kept;
}

using directory = std::map<std::string, std::shared_ptr<inode>>;

struct directory_change {
    enum class sort : std::uint8_t { create, remove, rename } what{};
    std::string name;
    std::string to;
    std::shared_ptr<inode> node;  // what it is about: a change that survives alone must not touch another file

    void apply(directory& entries) const {
        if (what == sort::create) entries[name] = node;
        if (what == sort::create) return;
        if (const auto found = entries.find(name); found != entries.end() && found->second == node)
            entries.erase(found);
        if (what == sort::rename) entries[to] = node;
    }
};

}  // namespace

struct memory_disk::state {
    explicit state(std::uint64_t seed) : random(seed) {}

    enum class course : std::uint8_t { go, fail, crash };
    // Begins an operation; `may_fail`: it is a write or a sync.
    course begin(std::unique_lock<std::mutex>& lock, std::uint64_t epoch, bool may_fail);
    // Its end, when it went wrong.
    file_failure end(course how);
    [[nodiscard]] std::uint64_t bytes_in_all() const;
    void change(directory_change one);
    void lose_power();

    std::mutex mutex;  // guards all below
    std::condition_variable changed;
    random_source random;
    directory now;
    directory kept;
    std::vector<directory_change> pending;
    bool powered = true;
    std::uint64_t epoch = 0;  // files that were opened in an earlier one are dead
    std::uint64_t inject_in = 0;
    disk_fault inject_what = disk_fault::fail;
    unsigned fail_percent = 0;
    std::uint64_t bytes_max = UINT64_MAX;
    bool held = false;
    unsigned waiting = 0;
    disk_counters counters;
};

memory_disk::state::course memory_disk::state::begin(std::unique_lock<std::mutex>& lock, std::uint64_t of,
                                                     bool may_fail) {
    ++waiting;
    changed.notify_all();
    changed.wait(lock, [this] { return !held; });
    --waiting;
    if (!powered || of != epoch) return course::fail;
    ++counters.operations;
    if (inject_in > 0 && --inject_in == 0) {
        return inject_what == disk_fault::crash ? course::crash : course::fail;
    }
    return may_fail && random.chance(fail_percent) ? course::fail : course::go;
}

file_failure memory_disk::state::end(course how) {
    if (how == course::crash) powered = false;
    return failure_of(file_trouble::failed, powered ? "the disk fails" : "the power is off");
}

std::uint64_t memory_disk::state::bytes_in_all() const {
    std::uint64_t sum = 0;
    for (const auto& [name, node] : now) sum += node->now.size();
    return sum;
}

void memory_disk::state::change(directory_change one) {
    one.apply(now);
    pending.push_back(std::move(one));
}

// Half of the time the first so many changes survive, as a file system with a log has it; otherwise any of them.
void memory_disk::state::lose_power() {
    const bool in_order = random.chance(50);
    const std::uint64_t count = random.below(pending.size() + 1);
    for (std::uint64_t i = 0; i < pending.size(); ++i) {
        if (in_order ? i < count : random.chance(50)) pending[i].apply(kept);
    }
    pending.clear();
    now = kept;
    for (const auto& [name, node] : now) node->lose_power(random);
    ++epoch;
}

namespace {

class memory_file final : public journal::file {
public:
    // With the disk's mutex held.
    memory_file(std::shared_ptr<memory_disk::state> disk, std::shared_ptr<inode> node, std::uint64_t epoch)
        : disk_(std::move(disk)), node_(std::move(node)), epoch_(epoch) {
        ++node_->opened;
    }
    ~memory_file() override {
        const std::lock_guard lock(disk_->mutex);
        --node_->opened;
    }
    memory_file(const memory_file&) = delete;
    memory_file& operator=(const memory_file&) = delete;

    std::optional<file_failure> write(std::uint64_t offset, bytes_view data) override;
    std::optional<file_failure> sync() override;
    result<std::size_t, file_failure> read(std::uint64_t offset, std::span<std::byte> into) override;
    result<std::uint64_t, file_failure> size() override;

private:
    using course = memory_disk::state::course;

    std::shared_ptr<memory_disk::state> disk_;
    std::shared_ptr<inode> node_;
    std::uint64_t epoch_;
};

std::optional<file_failure> memory_file::write(std::uint64_t offset, bytes_view data) {
    std::unique_lock lock(disk_->mutex);
    const course how = disk_->begin(lock, epoch_, true);
    if (how != course::go) {
        if (disk_->powered && epoch_ == disk_->epoch) {
            node_->write(offset, data.first(static_cast<std::size_t>(disk_->random.below(data.size() + 1))));
        }
        return disk_->end(how);
    }
    const std::uint64_t end = offset + data.size();
    const std::uint64_t more = end > node_->now.size() ? end - node_->now.size() : 0;
    if (more > 0 && disk_->bytes_in_all() + more > disk_->bytes_max) {
        return failure_of(file_trouble::no_room, "no room on the memory disk");
    }
    ++disk_->counters.writes;
    disk_->counters.bytes_written += data.size();
    node_->write(offset, data);
    return std::nullopt;
}

std::optional<file_failure> memory_file::sync() {
    std::unique_lock lock(disk_->mutex);
    const course how = disk_->begin(lock, epoch_, true);
    if (how == course::go) {
        ++disk_->counters.syncs;
        node_->sync();
        return std::nullopt;
    }
    if (disk_->powered && epoch_ == disk_->epoch) {
        if (how == course::crash && disk_->random.chance(50)) node_->sync();
        if (how == course::fail) node_->pending.clear();  // in the cache, for clean, and never written
    }
    return disk_->end(how);
}

result<std::size_t, file_failure> memory_file::read(std::uint64_t offset, std::span<std::byte> into) {
    std::unique_lock lock(disk_->mutex);
    if (const course how = disk_->begin(lock, epoch_, false); how != course::go) return disk_->end(how);
    return node_->now.read(static_cast<std::size_t>(offset), into);
}

result<std::uint64_t, file_failure> memory_file::size() {
    std::unique_lock lock(disk_->mutex);
    if (const course how = disk_->begin(lock, epoch_, false); how != course::go) return disk_->end(how);
    return std::uint64_t{node_->now.size()};
}

file_failure no_such(const std::string& name) {
    return failure_of(file_trouble::not_found, "there is no " + name);
}

}  // namespace

memory_disk::memory_disk(std::uint64_t seed) : state_(std::make_shared<state>(seed)) {}
memory_disk::~memory_disk() = default;

void memory_disk::inject(std::uint64_t k, disk_fault how) {
    const std::lock_guard lock(state_->mutex);
    state_->inject_in = k;
    state_->inject_what = how;
}

void memory_disk::fail_writes(unsigned percent) {
    const std::lock_guard lock(state_->mutex);
    state_->fail_percent = percent;
}

void memory_disk::limit_bytes(std::uint64_t bytes_max) {
    const std::lock_guard lock(state_->mutex);
    state_->bytes_max = bytes_max;
}

void memory_disk::cut_power() {
    const std::lock_guard lock(state_->mutex);
    state_->powered = false;
}

void memory_disk::restore_power() {
    const std::lock_guard lock(state_->mutex);
    state_->lose_power();
    state_->powered = true;
    state_->inject_in = 0;
}

void memory_disk::crash() {
    cut_power();
    restore_power();
}

void memory_disk::rot(const std::string& name, std::uint64_t offset) {
    const std::lock_guard lock(state_->mutex);
    inode& node = *state_->now.at(name);
    const auto at = static_cast<std::size_t>(offset);
    const auto bit = static_cast<std::byte>(1U << state_->random.below(8));
    if (at >= node.now.size()) throw std::out_of_range("there is no such byte in " + name);
    node.now.flip(at, bit);
    if (at < node.kept.size()) node.kept.flip(at, bit);
}

void memory_disk::hold() {
    const std::lock_guard lock(state_->mutex);
    state_->held = true;
}

void memory_disk::let_go() {
    const std::lock_guard lock(state_->mutex);
    state_->held = false;
    state_->changed.notify_all();
}

void memory_disk::wait_for_held() {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait(lock, [this] { return state_->waiting > 0; });
}

bool memory_disk::powered() const {
    const std::lock_guard lock(state_->mutex);
    return state_->powered;
}

disk_counters memory_disk::counters() const {
    const std::lock_guard lock(state_->mutex);
    return state_->counters;
}

std::uint64_t memory_disk::bytes_in_all() const {
    const std::lock_guard lock(state_->mutex);
    return state_->bytes_in_all();
}

std::vector<std::string> memory_disk::names() const {
    const std::lock_guard lock(state_->mutex);
    std::vector<std::string> all;
    for (const auto& [name, node] : state_->now) all.push_back(name);
    return all;
}

std::vector<std::byte> memory_disk::content(const std::string& name) const {
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->now.find(name);
    return found == state_->now.end() ? bytes{} : found->second->now.all();
}

void memory_disk::put(const std::string& name, std::vector<std::byte> content) {
    const std::lock_guard lock(state_->mutex);
    auto node = std::make_shared<inode>();
    node->now = node->kept = image(std::move(content));
    state_->now[name] = state_->kept[name] = node;
}

result<std::vector<std::string>, file_failure> memory_disk::list() {
    std::unique_lock lock(state_->mutex);
    if (const auto how = state_->begin(lock, state_->epoch, false); how != state::course::go) return state_->end(how);
    std::vector<std::string> names;
    for (const auto& [name, node] : state_->now) names.push_back(name);
    return names;
}

result<std::unique_ptr<journal::file>, file_failure> memory_disk::create(const std::string& name,
                                                                         std::uint64_t bytes_wanted) {
    std::unique_lock lock(state_->mutex);
    const auto how = state_->begin(lock, state_->epoch, false);
    if (how == state::course::fail) return state_->end(how);
    if (state_->now.count(name) > 0) return failure_of(file_trouble::failed, name + " is there already");
    if (state_->bytes_in_all() + bytes_wanted > state_->bytes_max) {
        return failure_of(file_trouble::no_room, "no room on the memory disk");
    }
    auto node = std::make_shared<inode>();
    node->now.resize(static_cast<std::size_t>(bytes_wanted));
    state_->change({directory_change::sort::create, name, {}, node});
    if (how == state::course::crash) return state_->end(how);
    return std::unique_ptr<journal::file>(std::make_unique<memory_file>(state_, std::move(node), state_->epoch));
}

result<std::unique_ptr<journal::file>, file_failure> memory_disk::open(const std::string& name) {
    std::unique_lock lock(state_->mutex);
    if (const auto how = state_->begin(lock, state_->epoch, false); how != state::course::go) return state_->end(how);
    const auto found = state_->now.find(name);
    if (found == state_->now.end()) return no_such(name);
    return std::unique_ptr<journal::file>(std::make_unique<memory_file>(state_, found->second, state_->epoch));
}

std::optional<file_failure> memory_disk::remove(const std::string& name) {
    std::unique_lock lock(state_->mutex);
    const auto how = state_->begin(lock, state_->epoch, false);
    if (how == state::course::fail) return state_->end(how);
    const auto found = state_->now.find(name);
    if (found == state_->now.end()) return no_such(name);
    state_->change({directory_change::sort::remove, name, {}, found->second});
    if (how == state::course::crash) return state_->end(how);
    return std::nullopt;
}

std::optional<file_failure> memory_disk::rename(const std::string& from, const std::string& to) {
    std::unique_lock lock(state_->mutex);
    const auto how = state_->begin(lock, state_->epoch, false);
    if (how == state::course::fail) return state_->end(how);
    const auto found = state_->now.find(from);
    if (found == state_->now.end()) return no_such(from);
    state_->change({directory_change::sort::rename, from, to, found->second});
    if (how == state::course::crash) return state_->end(how);
    return std::nullopt;
}

bool memory_disk::in_use(const std::string& name) {
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->now.find(name);
    return found != state_->now.end() && found->second->opened > 0;
}

std::optional<file_failure> memory_disk::sync_directory() {
    std::unique_lock lock(state_->mutex);
    const auto how = state_->begin(lock, state_->epoch, true);
    if (how == state::course::fail || (how == state::course::crash && state_->random.chance(50))) {
        return state_->end(how);
    }
    ++state_->counters.directory_syncs;
    state_->kept = state_->now;
    state_->pending.clear();
    if (how == state::course::crash) return state_->end(how);
    return std::nullopt;
}

}  // namespace streamstats::testing
