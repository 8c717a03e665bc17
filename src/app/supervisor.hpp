// What the daemon tells systemd (sd_notify). Without systemd nothing happens. Any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace streamstats::app {

void tell_ready(const std::string& status);
void tell_starting(const std::string& status);
void tell_reloading();
void tell_stopping();
void tell_alive();
// WatchdogSec= of the unit, if it is on: without a tell_alive() for that long the daemon is killed and started again.
std::optional<std::chrono::milliseconds> watchdog_limit();

}  // namespace streamstats::app
