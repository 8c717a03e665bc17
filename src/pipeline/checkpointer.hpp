// Writes a checkpoint beside running ingestion: the engine gives its picture a piece at a time, the disk thread writes
// each, and events go on in between. Lives on the engine thread.
//
// The file `reserve` keeps room for a checkpoint, so that a full disk can be emptied of journal (RELIABILITY, fault
// 12): it goes when a checkpoint finds no room, and comes back after one that did.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "pipeline/journal_records.hpp"
#include "pipeline/stage.hpp"
#include "streamstats/engine/engine.hpp"
#include "streamstats/journal/journal.hpp"

namespace streamstats::pipeline {

struct checkpoint_outcome {
    std::optional<journal::file_failure> trouble;  // nothing: the checkpoint is in force
    journal::lsn applied = 0;
    std::uint64_t bytes = 0;
};

class checkpointer {
public:
    using finished = std::function<void(const checkpoint_outcome&)>;

    checkpointer(journal::file_system& files, stage& stage, finished after_each);

    // Not while one is under way. `head` and `rows` are of the present, as is the picture that `of` begins now.
    void begin(engine& of, checkpoint_head head, std::vector<minute_row> rows);
    [[nodiscard]] bool under_way() const { return draft_ != nullptr; }

private:
    struct draft;  // what the disk thread works on

    void next_piece();
    void commit();
    void end();

    journal::file_system& files_;
    stage& stage_;
    finished finished_;
    engine* engine_ = nullptr;
    std::shared_ptr<draft> draft_;
    checkpoint_outcome outcome_;
};

}  // namespace streamstats::pipeline
