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
        std::max(chosen.bytes_in_flight_max, 3 * (chosen.body_bytes_max + buffer_pool::buffer_bytes));
    chosen.bytes_per_second_min = std::max<std::size_t>(1, chosen.bytes_per_second_min);
    if (!chosen.clock) chosen.clock = [] { return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()); };
    return chosen;
}

}  // namespace

struct server::state {
    state(const settings& limits, service& inside, telemetry::metrics& metrics)
        : place{limits,
                inside,
                metrics,
                byte_budget{limits.bytes_in_flight_max},
                census{},
                current_access{},
                std::make_shared<live_board>(
                    live_board::parts{inside, metrics, limits.clock, limits.live_interval, limits.streams_max})} {
        place.access.set(limits.access);
        for (unsigned i = 0; i < limits.threads; ++i) workers.push_back(std::make_unique<worker>(place));
    }
    // All threads end before the first of their parts does.
    ~state() {
        doors.clear();
        for (const auto& each : workers) each->stop();
    }
    state(const state&) = delete;
    state& operator=(const state&) = delete;

    site place;
    std::vector<std::unique_ptr<worker>> workers;
    std::vector<std::unique_ptr<listener>> doors;
    unsigned short admin_port = 0;
};

server::server(settings chosen, service& inside, telemetry::metrics& metrics)
    : state_{std::make_unique<state>(completed(std::move(chosen)), inside, metrics)} {}

server::~server() = default;

result<unsigned short> server::start() {
    const settings& limits = state_->place.limits;
    const bool two = limits.admin_port.has_value();
    const auto make = [this](listening_place where) {
        return std::make_unique<listener>(state_->place, state_->workers, std::move(where));
    };
    std::vector<std::unique_ptr<listener>> doors;
    doors.push_back(make({limits.host, limits.port, "STREAM_HTTP", two ? door::events : door::only}));
    auto port = doors.back()->open();
    if (!port) return port.error();
    if (two) {
        doors.push_back(make({limits.admin_host, *limits.admin_port, "STREAM_ADMIN", door::pages}));
        const auto admin_port = doors.back()->open();
        if (!admin_port) return admin_port.error();
        state_->admin_port = admin_port.value();
    }
    for (const auto& each : state_->workers) each->start();
    for (const auto& each : doors) each->start();
    state_->doors = std::move(doors);
    return port;
}

unsigned short server::admin_port() const {
    return state_->admin_port;
}

void server::set_access(std::shared_ptr<const access_policy> policy) {
    state_->place.access.set(std::move(policy));
}

void server::begin_drain() {
    for (const auto& each : state_->doors) each->close();
    for (const auto& each : state_->workers) each->drain();
}

bool server::wait(std::chrono::steady_clock::time_point deadline) {
    return state_->place.connections.wait_until_empty(deadline);
}

}  // namespace streamstats::http
