// Batches on their way through the journal. Whoever brings one gets it stamped with the time of receipt, appended and
// lined up in one go: so times of receipt, frames and answers have one order, and no batch that was received earlier
// than some instant shows up in the line after that instant. Any thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>

#include "pipeline/intake.hpp"
#include "streamstats/journal/journal.hpp"
#include "streamstats/pipeline/clock_source.hpp"

namespace streamstats::pipeline {

class journal_line {
public:
    using ticket = std::uint64_t;  // of a batch in the line
    struct answer {
        ticket whose = 0;
        journal::append_outcome outcome{};
        journal::lsn number = 0;
    };

    // `arrived` is called on the journal's thread, in the order of the line.
    journal_line(const clock_source& clock, std::function<void(const answer&)> arrived);

    // Before anything is appended; the writer outlives all answers.
    void lead_to(journal::writer& log);
    // Nothing is appended any more: the writer is about to go.
    void close();
    // Takes `batch`, of which `received` stays readable. False: closed. Throws if there is no memory: then nothing has
    // happened.
    [[nodiscard]] bool append(taken_batch& batch);
    // The batch that this answer is about. Nothing: it was given up.
    std::optional<taken_batch> take(const answer& about);
    // Those whose answers are not waited for any more.
    std::deque<taken_batch> give_up();

    // When the oldest batch in the line was received. Nothing: there is none.
    [[nodiscard]] std::optional<instant> oldest() const;
    // Appended to the journal since the last call.
    std::uint64_t take_bytes();

private:
    const clock_source& clock_;
    const std::function<void(const answer&)> arrived_;
    mutable std::mutex mutex_;  // guards all below
    journal::writer* log_ = nullptr;
    std::deque<taken_batch> batches_;
    ticket first_ = 0;  // of the first of them
    std::uint64_t bytes_ = 0;
};

}  // namespace streamstats::pipeline
