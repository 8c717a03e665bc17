// Answers questions for series, one after another, on a thread of its own: nothing else waits for it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "streamstats/pipeline/series.hpp"
#include "streamstats/pipeline/series_source.hpp"

namespace streamstats::pipeline {

inline constexpr std::size_t series_waiting_max = 32;

// Methods may be called from any thread. A callback is called exactly once, on some thread, and must not throw.
class series_desk {
public:
    // `source` outlives it.
    explicit series_desk(series_source& source);
    // Closes, then waits for the read that is under way.
    ~series_desk();
    series_desk(const series_desk&) = delete;
    series_desk& operator=(const series_desk&) = delete;

    // Refused at once when so many wait that this one would wait for long. All that wait when the store turns out to be
    // away are refused with the one that found out.
    void ask(series_question question, series_callback done);
    // Refuses whatever is asked from now on, what waits and what is under way; waits for nothing.
    void close();
    // Whether no read is under way. After close(): whether the destructor returns at once.
    [[nodiscard]] bool idle() const;

private:
    struct job {
        series_question question;
        series_callback done;
    };

    void work();
    std::optional<series_question> next();
    [[nodiscard]] series_answer answer_to(const series_question& question, bool& away);
    void answered(const series_answer& answer, bool away);

    series_source& source_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool closed_ = false;  // guarded by mutex_, as are the next three
    bool reading_ = false;
    std::optional<series_callback> asking_;  // of the read under way, until it is answered
    std::deque<job> waiting_;
    std::thread thread_;  // last: it uses the others
};

}  // namespace streamstats::pipeline
