// What a group of frames waits for before it is written and synced. Decides, and does nothing: no clock, no lock.
//
// A sync costs as much as many small frames, and those who were answered together are likely to send again together. So
// a group waits for as many frames as the one before. Where large groups come anyway, the processor is what is short,
// and more than one of them fits into a sync: then a group waits for more than that, until it is seen that there are no
// more who would send; that is tried again now and then.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "streamstats/journal/journal.hpp"

namespace streamstats::journal {

struct group_size {
    std::size_t frames = 0;
    std::uint64_t bytes = 0;
};

class gather_policy {
public:
    explicit gather_policy(const writer_limits& limits) : limits_(limits) {}

    // A group that has so many frames, or so many bytes, is complete.
    [[nodiscard]] bool is_complete(const group_size& now) const {
        return now.frames >= frames_wanted() || now.bytes >= bytes_wanted();
    }
    // One that is not is taken as it is after this time.
    [[nodiscard]] std::chrono::microseconds time() const {
        return wants_more() ? limits_.large_gather_time : limits_.gather_time;
    }
    // A group was taken, complete or not. One without frames was none.
    void took(const group_size& group) {
        if (group.frames == 0) return;
        if (wants_more()) {
            const bool no_more_came = !is_complete(group) && group.frames <= last_.frames;
            all_that_come_ = no_more_came ? last_.frames : 0;
            groups_until_doubt_ = groups_believed;
        } else if (groups_until_doubt_ == 0 || --groups_until_doubt_ == 0) {
            all_that_come_ = 0;
        }
        last_ = group;
    }

private:
    [[nodiscard]] bool wants_more() const {
        return last_.frames > std::max<std::size_t>(all_that_come_, 1) && last_.bytes >= limits_.large_group_bytes;
    }
    [[nodiscard]] std::size_t frames_wanted() const {
        return wants_more() ? std::numeric_limits<std::size_t>::max() : last_.frames;
    }
    [[nodiscard]] std::uint64_t bytes_wanted() const {
        return wants_more() ? limits_.enough_bytes : limits_.large_group_bytes;
    }

    // How long it is believed that no more come: a wait in so many groups costs next to nothing.
    static constexpr unsigned groups_believed = 256;

    writer_limits limits_;
    group_size last_;
    std::size_t all_that_come_ = 0;  // frames of a group after which no more came; 0: not known
    unsigned groups_until_doubt_ = 0;
};

}  // namespace streamstats::journal
