// Remembers over the end of the process which frame was being replayed: one that ends it whenever it is replayed is
// set aside after the second time, so that the start goes on (RELIABILITY, fault 21).
//
// The file `replay.mark` holds the number of the frame in hand, then the frames that ended a replay, with how often.
// It is written without a sync: it is about the end of the process, not of the machine.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "streamstats/journal/file_system.hpp"
#include "streamstats/journal/frame.hpp"

namespace streamstats::pipeline {

class replay_guard {
public:
    static constexpr unsigned attempts_max = 2;

    // Without the file, or with one that cannot be read, nothing is suspected.
    replay_guard(journal::file_system& files, journal::lsn done);

    // Whether this frame may be replayed. If so, it is in hand until the next one is, or leave().
    bool enter(journal::lsn number);
    // The frame was replayed: it has nothing to do with what comes before the next one, such as reading on.
    void leave();
    // The replay is over. What was set aside is remembered until a checkpoint is behind it.
    void finish();
    // Keeps a frame that is not replayed in a file of its own; without success it is only in the journal.
    void keep(journal::lsn number, journal::bytes_view payload);
    [[nodiscard]] const std::vector<journal::lsn>& set_aside() const { return set_aside_; }

private:
    void load(journal::lsn done);
    void store();
    void write_current(journal::lsn number);

    journal::file_system& files_;
    std::unique_ptr<journal::file> file_;  // none: replay goes on unguarded
    std::map<journal::lsn, unsigned> ended_at_;
    std::vector<journal::lsn> set_aside_;
};

}  // namespace streamstats::pipeline
