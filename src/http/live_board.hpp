// Gathers what is going on, once a second however many watch, and not at all while nobody does. Any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "http/asio.hpp"
#include "http/live.hpp"
#include "streamstats/telemetry/metrics.hpp"

namespace streamstats::http {

class live_board : public std::enable_shared_from_this<live_board> {
public:
    using frame = std::shared_ptr<const live_frame>;
    using listener = std::function<void(frame)>;
    // What a stream holds while it is open.
    using place = std::shared_ptr<void>;
    struct parts {
        service& inside;
        telemetry::metrics& metrics;
        std::function<instant()> clock;
        milliseconds interval{1'000};  // the second
        std::size_t streams_max = 0;
    };

    explicit live_board(parts its_parts) : parts_{std::move(its_parts)} {}

    // Gives the numbers of this second: at once if they are there, else when they have been gathered, on a thread of
    // the inside. `done` must be quick. What the inside still holds when the board is gone may be called, without
    // effect.
    void ask(listener done);
    // When the next second begins.
    [[nodiscard]] steady_time next_second() const;
    // Null: as many streams are open as may be.
    [[nodiscard]] place take_place();
    [[nodiscard]] std::size_t open_streams() const { return streams_.load(std::memory_order_relaxed); }

private:
    [[nodiscard]] std::int64_t second_now() const;
    void gather(std::int64_t second);
    void show(std::int64_t second, live_numbers numbers);

    const parts parts_;
    std::atomic<std::size_t> streams_{0};
    std::mutex mutex_;  // guards all below
    frame newest_;
    std::int64_t second_ = -1;  // of the newest
    std::uint64_t gathered_ = 0;
    std::vector<listener> waiting_;
};

}  // namespace streamstats::http
