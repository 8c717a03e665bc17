// `streamstatsd journal verify|dump DIR`: reads a journal without changing it, also beside a running daemon.
#pragma once

#include <filesystem>
#include <iosfwd>

namespace streamstats::app {

enum class journal_action { verify, dump };

// DIR is the folder of the journal, or STREAM_DATA_DIR. verify: what a start would find, exit code 1 if anything is
// damaged. dump: besides, a line of JSON for the head of the checkpoint and for each frame behind it.
int read_journal_files(journal_action what, const std::filesystem::path& folder, std::ostream& out,
                       std::ostream& errors);

}  // namespace streamstats::app
