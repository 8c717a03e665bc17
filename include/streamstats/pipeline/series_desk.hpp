// Answers questions for series, one after another, on a thread of its own: nothing else waits for it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "streamstats/pipeline/series.hpp"
#include "streamstats/pipeline/series_source.hpp"
#include "streamstats/telemetry/metrics.hpp"

namespace streamstats::pipeline {

inline constexpr std::size_t series_waiting_max = 32;
// Whoever asked is gone by then, or asks again: without this, a few slow questions would hold up all for minutes.
inline constexpr seconds series_patience{15};

// Methods may be called from any thread. A callback is called exactly once, on some thread, and must not throw.
class series_desk {
public:
    // `source` and `counts` outlive it. What has waited for longer than `patience` is refused and not read.
    series_desk(series_source& source, telemetry::metrics& counts, milliseconds patience = series_patience);
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
        std::chrono::steady_clock::time_point asked_at;
    };
    struct outcome {
        series_answer answer;
        std::optional<telemetry::counter> refused_as;  // nothing: it is answered
    };

    void work();
    std::optional<job> next();
    [[nodiscard]] outcome outcome_of(const job& asked);
    [[nodiscard]] static outcome refusal_of(const store_failure& trouble);
    void tell(const outcome& found);

    series_source& source_;
    telemetry::metrics& counts_;
    const milliseconds patience_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool closed_ = false;  // guarded by mutex_, as are the next three
    bool reading_ = false;
    std::optional<series_callback> asking_;  // of the read under way, until it is answered
    std::deque<job> waiting_;
    std::thread thread_;  // last: it uses the others
};

}  // namespace streamstats::pipeline
