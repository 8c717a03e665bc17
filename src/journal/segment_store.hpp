// The segments that a writer works with: the current one, the next one, whose room is taken in advance, the older ones
// that wait to be let go, and spare ones that were. One thread at a time.
//
// A spare segment becomes the next one, with its old bytes. To write over what is allocated and has been written costs
// a sync two thirds of what it costs to write to fresh room, as no file system has to note anything; and to remove a
// file of 64 MB keeps a journal from its work for longer than a sync takes. So that nothing in it can be taken for a
// frame that counts, a segment is used again only
//   - if this run has written all of it: then its frames have smaller numbers than those that will be written over it
//     (an earlier run may have left torn frames, whose numbers were given anew);
//   - if it nowhere holds what looks like the beginning of a frame and is none: senders choose what is in a payload;
//   - if nobody is reading it.
//
// A failure of trouble `failed` from write, sync, advance or trim is for ever: what is on the disk is unknown then.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "journal/block_buffer.hpp"
#include "streamstats/journal/journal.hpp"

namespace streamstats::journal {

class segment_store {
public:
    // Opens a segment behind all that was found, with the tail that may be in the page cache only written again.
    static result<std::unique_ptr<segment_store>, file_failure> open(file_system& files, const writer_limits& limits,
                                                                     const recovered& found);

    // The newest frame when it was opened; durable.
    [[nodiscard]] lsn last() const { return last_; }
    // Left in the current segment, behind what was added.
    [[nodiscard]] std::uint64_t room() const { return current_bytes_ - begin_ - buffer_.size(); }
    [[nodiscard]] bool has_next() const { return next_ != nullptr; }
    [[nodiscard]] std::uint64_t segments() const { return older_.size() + 1; }
    [[nodiscard]] std::uint64_t bytes() const;

    // A frame for the next write; takes at most room().
    void add(frame_kind kind, lsn number, lsn durable, const payload& what);
    // Something was added since the last write.
    [[nodiscard]] bool has_added() const { return added_; }
    // Writes what was added. Safe after sync().
    std::optional<file_failure> write();
    std::optional<file_failure> sync() { return current_->sync(); }
    // Goes on in the next segment, whose first frame will be `first`. All before must be synced, and has_next().
    std::optional<file_failure> advance(lsn first);
    // Takes room for the next segment. Without success it may be tried again, unless the directory could not be synced.
    struct preparation {
        std::optional<file_failure> trouble;
        bool for_ever = false;
    };
    preparation prepare();
    // Lets older segments go that hold nothing above `upto`: as many as it lets go are kept as spare ones, so they
    // follow the load; the others are removed. One that cannot be let go is left for the next time.
    std::optional<file_failure> trim(lsn upto);

private:
    struct segment {
        lsn first = 0;
        std::uint64_t bytes = 0;
        bool reusable = false;
    };
    segment_store(file_system& files, std::uint64_t segment_bytes) : files_(files), segment_bytes_(segment_bytes) {}

    std::optional<file_failure> take_stock();
    // What of the newest segment is to be written again, as frames; sets where the new segment begins.
    result<std::vector<std::byte>, file_failure> tail(const recovered& found, std::uint64_t compact_bytes);
    std::optional<file_failure> begin_with(const std::vector<std::byte>& tail);
    std::optional<file_failure> put_in_place(lsn first);
    std::optional<file_failure> remove_leftovers();
    std::optional<file_failure> let_go(const segment& which);
    void remove_spares_beyond(std::size_t count);
    result<std::unique_ptr<file>, file_failure> create_next();
    result<std::unique_ptr<file>, file_failure> make_next();

    file_system& files_;
    std::uint64_t segment_bytes_;
    std::deque<segment> older_;
    std::unique_ptr<file> current_;
    lsn first_ = 0;  // of the current segment
    std::uint64_t current_bytes_ = 0;
    bool reusable_ = false;    // the current segment
    block_buffer buffer_;      // the end of the current segment that may not be in the file yet
    std::uint64_t begin_ = 0;  // where that begins
    bool added_ = false;
    std::unique_ptr<file> next_;
    std::vector<std::string> spares_;  // their names
    lsn last_ = 0;
};

}  // namespace streamstats::journal
