// The files of the journal. A segment is named by the number of its first frame, and the name is given only when all
// frames before it are durable: so the name itself says so.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "streamstats/journal/file_system.hpp"
#include "streamstats/journal/frame.hpp"

namespace streamstats::journal {

// A segment that has no frames and no number yet; one that a crash left is removed.
inline constexpr std::string_view next_segment_name = "journal.next";
inline constexpr std::string_view checkpoint_name = "checkpoint";
inline constexpr std::string_view checkpoint_draft_name = "checkpoint.tmp";

// A file that is named by a larger number is not ours; numbers do not get there in any time.
inline constexpr lsn lsn_max = lsn{1} << 62U;

struct segment_name {
    lsn first = 0;
    std::string name;
};

// "journal-00000000000000000001.seg"
std::string name_of_segment(lsn first);
std::optional<lsn> first_of_segment(std::string_view name);

// "journal.spare-1": a segment that was emptied and will be written again; those that another run left are removed.
std::string name_of_spare(lsn first);
bool is_spare_segment(std::string_view name);

// Oldest first.
result<std::vector<segment_name>, file_failure> list_segments(file_system& files);

}  // namespace streamstats::journal
