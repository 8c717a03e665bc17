#include "signals.hpp"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <ctime>

namespace streamstats::app {
namespace {

sigset_t set_of(std::initializer_list<int> signals) {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int one : signals) ::sigaddset(&set, one);
    return set;
}

}  // namespace

void hold_signals() {
    // A peer that is gone is an error of the call that writes to it.
    ::signal(SIGPIPE, SIG_IGN);
    const sigset_t held = set_of({SIGTERM, SIGINT, SIGHUP});
    ::pthread_sigmask(SIG_BLOCK, &held, nullptr);
}

std::optional<request> wait_for_request(std::chrono::milliseconds patience) {
    const sigset_t held = set_of({SIGTERM, SIGINT, SIGHUP});
    const auto whole = std::chrono::floor<std::chrono::seconds>(patience);
    const timespec limit{whole.count(), std::chrono::nanoseconds(patience - whole).count()};
    switch (::sigtimedwait(&held, nullptr, &limit)) {
        case SIGHUP:
            return request::reload;
        case SIGTERM:
        case SIGINT:
            return request::stop;
        default:
            return std::nullopt;
    }
}

bool stop_is_asked() {
    sigset_t waiting = set_of({});
    ::sigpending(&waiting);
    return ::sigismember(&waiting, SIGTERM) == 1 || ::sigismember(&waiting, SIGINT) == 1;
}

void ask_to_stop() {
    ::kill(::getpid(), SIGTERM);
}

void let_signals_end_the_process() {
    const sigset_t deadly = set_of({SIGTERM, SIGINT});
    struct sigaction at_once {};
    at_once.sa_handler = [](int) { ::_exit(1); };
    ::sigaction(SIGTERM, &at_once, nullptr);
    ::sigaction(SIGINT, &at_once, nullptr);
    ::pthread_sigmask(SIG_UNBLOCK, &deadly, nullptr);
}

}  // namespace streamstats::app
