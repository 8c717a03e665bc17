#include "supervisor.hpp"

#include <systemd/sd-daemon.h>

#include <cstdint>

namespace streamstats::app {

void tell_ready(const std::string& status) {
    ::sd_notify(0, ("READY=1\nSTATUS=" + status).c_str());
}

// A start that reports is given another while; one that hangs is not.
void tell_starting(const std::string& status) {
    ::sd_notify(0, ("EXTEND_TIMEOUT_USEC=60000000\nSTATUS=" + status).c_str());
}

void tell_reloading() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
    ::sd_notify(0, ("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds)).c_str());
}

void tell_stopping() {
    ::sd_notify(0, "STOPPING=1\nSTATUS=finishing what was taken");
}

void tell_alive() {
    ::sd_notify(0, "WATCHDOG=1");
}

std::optional<std::chrono::milliseconds> watchdog_limit() {
    std::uint64_t microseconds = 0;
    if (::sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::microseconds(microseconds));
}

}  // namespace streamstats::app
