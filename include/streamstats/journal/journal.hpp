// A segmented log of accepted batches with group commit, and what a start finds of it (RELIABILITY, "The journal").
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "streamstats/journal/file_system.hpp"
#include "streamstats/journal/frame.hpp"

namespace streamstats::journal {

// ---- reading

struct gap {
    lsn first = 0;  // frames first … last were durable once and cannot be read
    lsn last = 0;
    std::string where;  // segment and offset, for the log
};

struct recovered {
    lsn last = 0;                  // the newest frame found or known to have been there, at least `from` - 1; 0: none
    std::uint64_t frames = 0;      // handed to the visitor
    std::uint64_t torn_bytes = 0;  // dropped at the end: never acknowledged
    std::vector<gap> gaps;
};

enum class visit_outcome : std::uint8_t { go_on, stop };

// Walks the frames from `from` on (0: from the first that is there), oldest first; `visit` gets each good one. A bad
// frame with no later frame that says it was durable is a torn tail and dropped; otherwise it is a gap, and what
// follows is kept. Frames before `from` may be absent (their segments were removed); when frames between `from` and the
// first one found are missing, that is a gap. A frame of a newer format: a failure, and nothing is touched. `progress`
// (may be empty) is told bytes done and in all.
result<recovered, file_failure> read_journal(file_system& files, lsn from,
                                             const std::function<visit_outcome(const frame_header&, bytes_view)>& visit,
                                             const std::function<void(std::uint64_t, std::uint64_t)>& progress);

// ---- writing

struct writer_limits {
    std::uint64_t segment_bytes = std::uint64_t{64} << 20;
    std::uint64_t queue_bytes_max = std::uint64_t{64} << 20;  // waiting to be written; beyond it append refuses
    std::uint64_t group_bytes_max = std::uint64_t{8} << 20;   // of one write and sync
    // A group waits for as many frames as the one before had, for large_group_bytes, or this long. After a group of one
    // it does not wait.
    std::chrono::microseconds gather_time{500};
    // After one of several frames and so many bytes it waits for more than that: for enough_bytes, or this long; unless
    // it was seen that no more come.
    std::uint64_t large_group_bytes = std::uint64_t{64} << 10;
    std::uint64_t enough_bytes = std::uint64_t{256} << 10;
    std::chrono::microseconds large_gather_time{1000};
    std::chrono::milliseconds room_retry{1000};  // between attempts to get a segment on a full disk
    bool own_thread = true;  // false: the work is done in work(), so that a simulation can be repeated
};

enum class append_outcome : std::uint8_t {
    durable,     // a sync that returned 0 covers the frame
    no_room,     // the disk is full: the frame is not in the journal and never will be; later ones may be
    overloaded,  // the queue is full, or the frame is larger than the queue or a segment: likewise
    failed,      // a write or sync failed: nothing can be acknowledged any more, the process has to end
};

struct writer_status {
    lsn appended = 0;
    lsn durable = 0;
    bool no_room = false;
    bool failed = false;
    std::string trouble;  // of the last failure
    std::uint64_t segments = 0;
    std::uint64_t bytes = 0;  // on the disk, room taken in advance included
    std::uint64_t queued_bytes = 0;
    double last_sync_seconds = 0;
};

// What a frame is to hold: bytes of its own, or a few that lead and the rest, which lies elsewhere and is not copied.
class payload {
public:
    using lead_bytes = std::array<std::byte, frame_alignment>;

    payload() = default;
    payload(std::vector<std::byte> whole) : whole_(std::move(whole)) {}
    // `keeper` keeps `rest` where it is, unchanged, until the frame is written or refused; then it is let go. It must
    // not be null.
    payload(const lead_bytes& lead, bytes_view rest, std::shared_ptr<const void> keeper)
        : lead_(lead), rest_(rest), keeper_(std::move(keeper)) {}

    [[nodiscard]] std::size_t size() const { return lead().size() + rest().size(); }
    // Empty, if it is in one piece.
    [[nodiscard]] bytes_view lead() const { return keeper_ ? bytes_view(lead_) : bytes_view{}; }
    [[nodiscard]] bytes_view rest() const { return keeper_ ? rest_ : bytes_view(whole_); }

private:
    std::vector<std::byte> whole_;
    lead_bytes lead_{};
    bytes_view rest_;
    std::shared_ptr<const void> keeper_;  // of one in two parts
};

// Has a thread of its own, which writes and syncs: the next group gathers while the current one syncs. While the disk
// is full, batches leave an eighth of the last segment to frames of other kinds.
class writer {
public:
    using completion = std::function<void(append_outcome, lsn)>;

    // Opens a new segment. What read_journal found behind the newest frame that another one calls durable may be in the
    // page cache only: it is written again to the new segment and synced before this returns (rule 5), so readers take
    // a frame that is there twice once.
    static result<std::unique_ptr<writer>, file_failure> open(file_system& files, const writer_limits& limits,
                                                              const recovered& found);
    virtual ~writer() = default;  // finishes what was appended

    // Any thread. `done` is called exactly once, on the writer's thread, in the order of the calls; with 0 if the frame
    // is not durable. It must be quick, and may append. Throws if there is no memory: then nothing was appended.
    virtual void append(frame_kind kind, journal::payload payload, completion done) = 0;
    // Lets segments go all of whose frames are at most `upto`: the checkpoint holds them. As many as that are kept to
    // be written again; those that were kept before and are more are removed. Any thread.
    virtual void trim(lsn upto) = 0;
    [[nodiscard]] virtual writer_status status() const = 0;
    // Only of a writer without a thread: writes, syncs and answers what waits, and asks for room if it is time to.
    // False: nothing waited.
    virtual bool work() = 0;
};

// ---- the checkpoint: one more file, written as .tmp, synced, renamed, the directory synced

// One at a time. What was written is in force only after commit() returned nothing.
class checkpoint_writer {
public:
    static result<std::unique_ptr<checkpoint_writer>, file_failure> begin(file_system& files);
    virtual ~checkpoint_writer() = default;  // without commit: removes what it wrote
    virtual std::optional<file_failure> add(frame_kind kind, bytes_view payload) = 0;
    virtual std::optional<file_failure> commit() = 0;
    [[nodiscard]] virtual std::uint64_t bytes() const = 0;
};

enum class checkpoint_state : std::uint8_t { absent, whole, torn, newer_format };

// Hands each frame of the checkpoint to `visit` if the whole of it is good; reads it twice for that.
result<checkpoint_state, file_failure> read_checkpoint(file_system& files,
                                                       const std::function<void(frame_kind, bytes_view)>& visit);

}  // namespace streamstats::journal
