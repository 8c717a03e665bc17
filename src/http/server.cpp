#include "streamstats/http/server.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "http/exchange.hpp"
#include "http/listener.hpp"
#include "http/worker.hpp"

namespace streamstats::http {
namespace {

settings completed(settings chosen) {
    chosen.threads = std::max(1U, chosen.threads);
    // One body that is allowed, compressed and inflated, always fits.
    chosen.bytes_in_flight_max =
        std::max(chosen.bytes_in_flight_max, 2 * (chosen.body_bytes_max + buffer_pool::buffer_bytes));
    chosen.bytes_per_second_min = std::max<std::size_t>(1, chosen.bytes_per_second_min);
    if (!chosen.clock) chosen.clock = [] { return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()); };
    return chosen;
}

}  // namespace

struct server::state {
    state(const settings& limits, service& inside, telemetry::metrics& metrics)
        : place{limits, inside, metrics, byte_budget{limits.bytes_in_flight_max}, census{}} {
        for (unsigned i = 0; i < limits.threads; ++i) workers.push_back(std::make_unique<worker>(place));
    }
    // All threads end before the first of their parts does.
    ~state() {
        door.reset();
        for (const auto& each : workers) each->stop();
    }
    state(const state&) = delete;
    state& operator=(const state&) = delete;

    site place;
    std::vector<std::unique_ptr<worker>> workers;
    std::unique_ptr<listener> door;
};

server::server(settings chosen, service& inside, telemetry::metrics& metrics)
    : state_{std::make_unique<state>(completed(std::move(chosen)), inside, metrics)} {}

server::~server() = default;

result<unsigned short> server::start() {
    auto door = std::make_unique<listener>(state_->place, state_->workers);
    auto port = door->open();
    if (!port) return port.error();
    for (const auto& each : state_->workers) each->start();
    door->start();
    state_->door = std::move(door);
    return port;
}

void server::begin_drain() {
    if (state_->door) state_->door->close();
    for (const auto& each : state_->workers) each->drain();
}

bool server::wait(std::chrono::steady_clock::time_point deadline) {
    return state_->place.connections.wait_until_empty(deadline);
}

}  // namespace streamstats::http
