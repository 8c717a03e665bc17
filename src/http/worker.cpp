#include "http/worker.hpp"

#include <algorithm>
#include <utility>

#include "http/connection.hpp"
#include "streamstats/base/thread.hpp"

namespace streamstats::http {
namespace {

// Often enough that a deadline is overrun by a quarter at most, seldom enough to cost nothing.
milliseconds check_interval(const settings& limits) {
    const milliseconds shortest = std::min(
        {limits.header_timeout, limits.body_timeout, limits.write_timeout, limits.idle_timeout, limits.linger_timeout});
    return std::clamp(shortest / 4, milliseconds{5}, milliseconds{250});
}

}  // namespace

worker::worker(site& place)
    : place_{place},
      turns_{std::max<std::size_t>(1, place.limits.bytes_inside_max / place.limits.threads), place.limits.turn_timeout},
      access_{place.access} {}

worker::~worker() {
    stop();
}

void worker::start() {
    asio::co_spawn(context_, check_deadlines(), end_process_on);
    thread_ = std::thread{[this] {
        name_thread("http");
        context_.run();
    }};
}

void worker::stop() {
    box_->close();
    context_.stop();
    if (thread_.joinable()) thread_.join();
    turns_.close();
}

void worker::drain() {
    box_->post([this] {
        draining_ = true;
        turns_.hurry();
        for (connection* resident : residents_) resident->drain();
    });
}

void worker::adopt(tcp_socket peer, door entered) {
    auto newcomer = std::make_shared<connection>(*this, std::move(peer), entered);
    asio::co_spawn(context_, connection::run(std::move(newcomer)), end_process_on);
}

milliseconds worker::time_for(std::size_t bytes) const {
    return milliseconds{bytes * 1'000 / place_.limits.bytes_per_second_min};
}

void worker::count_out(connection& resident) {
    residents_.erase(&resident);
    load_.fetch_sub(1, std::memory_order_relaxed);
}

task<void> worker::check_deadlines() {
    const milliseconds interval = check_interval(place_.limits);
    while (true) {
        pulse_.expires_after(interval);
        co_await pulse_.async_wait(use_task);
        const steady_time now = std::chrono::steady_clock::now();
        for (connection* resident : residents_) resident->check_deadline(now);
    }
}

}  // namespace streamstats::http
