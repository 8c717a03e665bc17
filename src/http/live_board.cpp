#include "http/live_board.hpp"

#include <utility>

namespace streamstats::http {

std::int64_t live_board::second_now() const {
    return std::chrono::steady_clock::now().time_since_epoch() / parts_.interval;
}

steady_time live_board::next_second() const {
    return steady_time{(second_now() + 1) * parts_.interval};
}

void live_board::ask(listener done) {
    const std::int64_t second = second_now();
    std::unique_lock lock{mutex_};
    if (newest_ && second_ == second) {
        const frame now = newest_;
        lock.unlock();
        return done(now);
    }
    waiting_.push_back(std::move(done));
    const bool is_first = waiting_.size() == 1;
    lock.unlock();
    if (is_first) gather(second);
}

live_board::place live_board::take_place() {
    if (streams_.fetch_add(1) >= parts_.streams_max) {
        streams_.fetch_sub(1);
        return nullptr;
    }
    return {this, [board = shared_from_this()](void*) { board->streams_.fetch_sub(1); }};
}

void live_board::gather(std::int64_t second) {
    live_numbers numbers;
    numbers.health = parts_.inside.health();
    numbers.events_accepted = parts_.metrics.total(telemetry::counter::events_accepted);
    parts_.inside.count([self = weak_from_this(), second, numbers = std::move(numbers)](tally counts) mutable {
        const auto board = self.lock();
        if (!board) return;
        numbers.at = board->parts_.clock();
        numbers.counts = std::move(counts);
        board->show(second, std::move(numbers));
    });
}

void live_board::show(std::int64_t second, live_numbers numbers) {
    std::vector<listener> waiting;
    std::unique_lock lock{mutex_};
    numbers.number = ++gathered_;
    newest_ = std::make_shared<const live_frame>(std::move(numbers));
    second_ = second;
    waiting.swap(waiting_);
    const frame now = newest_;
    lock.unlock();
    for (const listener& each : waiting) each(now);
}

}  // namespace streamstats::http
