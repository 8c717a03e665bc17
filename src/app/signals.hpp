// The signals of the daemon, taken one by one by the thread that waits for them instead of in a handler.
#pragma once

#include <chrono>
#include <optional>

namespace streamstats::app {

enum class request { stop, reload };

// Before any other thread is started, so that all of them leave these signals to wait_for_request().
void hold_signals();
// The next request, or nothing when `patience` has passed. SIGTERM and SIGINT: stop. SIGHUP: reload.
std::optional<request> wait_for_request(std::chrono::milliseconds patience);
// Whether SIGTERM or SIGINT waits to be taken, which this does not do. For work that can be given up.
bool stop_is_asked();
// As SIGTERM from outside. Any thread.
void ask_to_stop();
// From here on SIGTERM and SIGINT end the process at once, with exit code 1.
void let_signals_end_the_process();

}  // namespace streamstats::app
